package compose

import (
	"testing"

	"github.com/kyodaku/kyodaku/internal/i18n"
)

// TestOffersAreSeenHoweverTheyAreWritten: in any width, in the line that mail programs show
// beside the subject, and in an address that is only written out; words that only look
// alike are none.
func TestOffersAreSeenHoweverTheyAreWritten(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		subject, preheader, body string
		want                     bool
	}{
		{"ご利用明細", "", "ご利用ありがとうございます。", false},
		{"ご利用明細", "", "全品３０％ＯＦＦです。", true},
		{"ご利用明細", "", "ｸｰﾎﾟﾝをどうぞ。", true},
		{"ご利用明細", "30%OFFの期間です", "ご利用ありがとうございます。", true},
		{"秋のセール", "", "お知らせです。", true},
		{"お知らせ", "", "ただいま、ポイント10倍キャンペーン開催中です。", true},
		{"お知らせ", "", "A limited-time offer.", true},
		{"お知らせ", "", "ご応募のキャンペーンは終了しました。送料無料でお届けします。", false},
		{"システムの停止", "", "セールスフォースとの連携を停止します。", false},
		{"システムの停止", "", "`https://mori.example.jp/sale/`", true},
		{"システムの停止", "", "https://mori.example.jp/sales-office/", false},
	} {
		d := Draft{Class: Notice, Lang: i18n.Ja, Subject: c.subject, Preheader: c.preheader, Kind: Markdown, Body: c.body + "\n"}
		if got := inspected(t, d, label()); got.Promotes() != c.want || got.Strips {
			t.Errorf("%q, %q, %q: promotes %v, strips %v", c.subject, c.preheader, c.body, got.Promotes(), got.Strips)
		}
	}
}

// TestOnlyAdBlocksCanBeTakenOut: a message loses its advertising where all of it stands in
// blocks of its own and something else is left.
func TestOnlyAdBlocksCanBeTakenOut(t *testing.T) {
	t.Parallel()
	said, ad := Block{Type: TextBlock, Text: "発送しました。"}, Block{Type: AdBlock, Text: "全品30%OFF", URL: "https://shop.example/sale"}
	for name, c := range map[string]struct {
		subject string
		blocks  []Block
		want    bool
	}{
		"in a block of its own": {"発送", []Block{said, ad}, true},
		"in a column":           {"発送", []Block{said, {Type: ColumnsBlock, Columns: [][]Block{{ad}, {said}}}}, true},
		"beside it too":         {"発送", []Block{said, ad, {Type: TextBlock, Text: "クーポンもどうぞ。"}}, false},
		"in a button too":       {"発送", []Block{said, ad, {Type: ButtonBlock, Text: "見る", URL: "https://shop.example/sale/"}}, false},
		"in the subject too":    {"発送とセールのお知らせ", []Block{said, ad}, false},
		"nothing else":          {"発送", []Block{ad}, false},
		"no block":              {"発送", []Block{said}, false},
	} {
		d := Draft{Class: TxWithIncidentalAd, Lang: i18n.Ja, Subject: c.subject, Kind: Blocks, Body: Document{Blocks: c.blocks}.Encode()}
		if got := inspected(t, d, label()); got.Strips != c.want {
			t.Errorf("%s: strips %v", name, got.Strips)
		}
	}
}
