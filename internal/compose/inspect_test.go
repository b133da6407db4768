package compose

import (
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/i18n"
)

func inspected(t *testing.T, d Draft, l Label) Inspection {
	t.Helper()
	texts, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	got, err := New(texts).Inspect(d, l)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func label() Label {
	return Label{LegalName: "株式会社みどり商会", PostalAddress: "東京都千代田区1-1-1", Phone: "03-0000-0000", Mail: "info@midori.example"}
}

func TestTheLabelIsFoundWhereAReaderFindsIt(t *testing.T) {
	t.Parallel()
	for _, lang := range []i18n.Lang{i18n.Ja, i18n.En} {
		for _, class := range []Class{Ad, ConsentRequest} {
			got := inspected(t, Draft{Class: class, Lang: lang, Subject: "夏", Kind: Markdown, Body: "こんにちは。\n"}, label())
			want := Seen{Name: true, Exit: true, Notice: true, Address: true, Contact: true, Beside: true}
			if got.HTML != want || got.Text != want {
				t.Errorf("%s, %s: HTML %+v, text %+v", lang, class, got.HTML, got.Text)
			}
			if got.Size != 13 || got.Hidden || got.OnlyImage {
				t.Errorf("%s: %d pixels, hidden %v, only a picture %v", lang, got.Size, got.Hidden, got.OnlyImage)
			}
		}
	}
	tx := inspected(t, Draft{Class: Tx, Lang: i18n.Ja, Subject: "ご注文", Kind: Markdown, Body: "ありがとうございます。\n"}, label())
	if tx.Text.Exit || tx.HTML.Notice || !tx.HTML.Name {
		t.Errorf("a transactional mail shows %+v and %+v", tx.HTML, tx.Text)
	}
}

func TestHiddenLabelsAreNoLabels(t *testing.T) {
	t.Parallel()
	w := wanted{Label: label(), notice: "断れます", exit: "https://x.invalid/u"}
	for name, c := range map[string]struct {
		html   string
		hidden bool
		size   int
	}{
		"seen":        {`<p style="font-size:12px">株式会社みどり商会<br>断れます <a href="https://x.invalid/u">断る</a></p>`, false, 12},
		"not shown":   {`<div style="display:none">株式会社みどり商会</div>`, true, 0},
		"no size":     {`<p style="font-size:0">断れます</p>`, true, 0},
		"transparent": {`<p style="opacity:0"><a href="https://x.invalid/u">断る</a></p>`, true, 0},
		"tiny":        {`<p style="font-size:12px">断れます <a style="font-size:7px" href="https://x.invalid/u">断る</a></p>`, false, 7},
	} {
		p := readParts([]byte(c.html))
		if got := w.hidden(p); got != c.hidden {
			t.Errorf("%s: hidden = %v", name, got)
		}
		if got := w.size(p); got != c.size {
			t.Errorf("%s: %d pixels", name, got)
		}
	}
}

func TestAdvertisingIsFound(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]struct{ coupon, link bool }{
		"次回使える500円OFFクーポンです。":                        {true, false},
		"本日から全品20％オフ":                                {true, false},
		"Use this coupon.":                           {true, false},
		"ご注文を承りました。送料は500円です。":                       {false, false},
		"[見る](https://shop.example/sale/)":           {false, true},
		"[見る](https://shop.example/?utm_campaign=a)": {false, true},
		"[伝票](https://shop.example/orders/1)":        {false, false},
	} {
		got := inspected(t, Draft{Class: Tx, Lang: i18n.Ja, Subject: "件名", Kind: Markdown, Body: body + "\n"}, label())
		if got.Coupon != want.coupon || got.PromoLink != want.link {
			t.Errorf("%s: coupon %v, link %v", body, got.Coupon, got.PromoLink)
		}
	}
}

func TestAdBlocksAreLeftOutForThoseWhoRefused(t *testing.T) {
	t.Parallel()
	doc := Document{Blocks: []Block{
		{Type: TextBlock, Text: "発送しました。"},
		{Type: AdBlock, Text: "新商品の**ご案内**", URL: "https://shop.example/new"},
		{Type: ColumnsBlock, Columns: [][]Block{{{Type: AdBlock, Text: "左の広告"}}, {{Type: TextBlock, Text: "右"}}}},
	}}
	d := Draft{Class: TxWithIncidentalAd, Lang: i18n.Ja, Subject: "発送", Kind: Blocks, Body: doc.Encode()}
	texts, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	p, err := New(texts).Compile(d, label())
	if err != nil {
		t.Fatal(err)
	}
	var r Rendered
	for _, strip := range []bool{false, true} {
		to := specimen()
		to.StripAds = strip
		if err := p.Render(&r, to); err != nil {
			t.Fatal(err)
		}
		for name, part := range map[string]string{"HTML": string(r.HTML), "text": string(r.Text)} {
			for _, ad := range []string{"ご案内", "https://shop.example/new", "左の広告"} {
				if strings.Contains(part, ad) == strip {
					t.Errorf("%s, stripped %v: %q", name, strip, ad)
				}
			}
			if !strings.Contains(part, "発送しました。") || !strings.Contains(part, "右") {
				t.Errorf("%s, stripped %v: the message itself is gone", name, strip)
			}
		}
	}
	if d.Ads() != 2 || d.WithoutAds().Ads() != 0 || !strings.Contains(d.WithoutAds().Body, "発送しました。") {
		t.Errorf("%d ads; without: %s", d.Ads(), d.WithoutAds().Body)
	}
}
