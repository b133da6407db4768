package contact

import (
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/i18n"
)

// A row that a rule warns of is taken only when an operator answers for it, and is
// refused otherwise, with the rule and its source.
func TestAWarningAsksForAReason(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		im := w.importer(t)
		file := "email,consent date,source,evidence\nold..phone.@docomo.ne.jp,2026-01-10,店頭,申込書1\nnew@example.jp,2026-01-10,店頭,申込書2\n"
		dry := w.report(t, w.start(t, im, strings.NewReader(file), func(o *Import) { o.DryRun, o.Reason = true, "" }))
		if dry.New != 2 || dry.Refused != 0 || dry.Warnings["IMP-08"] != 1 {
			t.Errorf("a dry run: %+v", dry)
		}
		silent := w.report(t, w.start(t, im, strings.NewReader(file), func(o *Import) { o.Reason = "" }))
		if silent.New != 1 || silent.Refused != 1 || silent.Reasons["IMP-08"] != 1 || silent.First[0].Line != 2 {
			t.Errorf("without a reason: %+v", silent)
		}
		taken := w.report(t, w.start(t, im, strings.NewReader(file), func(o *Import) { o.Reason = "古い端末の会員が残っているため" }))
		if taken.New != 1 || taken.Refused != 0 || taken.Warnings["IMP-08"] != 1 {
			t.Errorf("with a reason: %+v", taken)
		}
		texts, err := i18n.Load()
		if err != nil {
			t.Fatal(err)
		}
		for lang, words := range map[i18n.Lang][]string{
			i18n.Ja: {"規格に合わない古い携帯アドレス", "RFC 5321", "受信側の要件", "未確認", "IMP-08"},
			i18n.En: {"breaks the standard", "RFC 5321", "receivers’ rule", "not verified", "IMP-08"},
		} {
			text := im.Say(texts.For(lang), "IMP-08", nil)
			for _, word := range words {
				if !strings.Contains(text, word) {
					t.Errorf("%s: %q lacks %q", lang, text, word)
				}
			}
		}
		if text := w.blob(t, silent.ErrorFile); !strings.Contains(text, "RFC 5321") || !strings.Contains(text, "old..phone") {
			t.Errorf("the error file: %q", text)
		}
	})
}

// What a basis rests on comes from columns and reaches the ledger; what is said by the
// event itself is not said twice.
func TestTheFactsOfABasisReachTheLedger(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		im := w.importer(t)
		file := "email,basis,evidence,order number,counterparty,page url,capture hash,page text,publisher,implied consent,consent given to,ads declined\n" +
			"a@example.jp,B3,注文 7,受注 0007,株式会社森,,,,,購入,,\n" +
			"b@example.jp,B4,画面 9,,,https://example.jp/about,9f86d081,ご提案をお待ちしています。,団体,,,なし\n" +
			"c@example.jp,B4,画面 9,,,https://example.jp/about,9f86d081,営業メールは　お断りします。,団体,,,なし\n" +
			"d@example.jp,B1,用紙 1,,,,,,,,株式会社青葉ホールディングス,\n" +
			"e@example.jp,B1,用紙 2,,,,,,,,,\n" +
			"f@example.jp,B3,注文 8,,,,,,,たぶん,,\n" +
			"g@example.jp,B4,画面 9,,,https://example.jp/about,9f86d081,ご提案をお待ちしています。,団体,,,\n"
		r := w.report(t, w.start(t, im, strings.NewReader(file), func(o *Import) {
			o.Declared = Declaration{Origin: Own, Source: "受注台帳", At: epoch.AddDate(0, -1, 0), Purpose: PurposeAds}
		}))
		if r.New != 4 || r.Reasons["BASIS-08"] != 2 || r.Reasons["contact.import.value.choice"] != 1 {
			t.Errorf("%+v", r)
		}
		facts := w.ledger.facts()
		at := epoch.AddDate(0, -1, 0)
		for line, want := range map[int]*BasisFacts{
			2: {Counterparty: "株式会社森", Transaction: "受注 0007", LastTransaction: at, Implied: "purchase"},
			3: {PageURL: "https://example.jp/about", PageCaptured: at, PageHash: "9f86d081", InBusiness: true},
			5: {Entity: "株式会社青葉ホールディングス"},
			6: nil, // that it was a consent says nothing of how express it was
		} {
			got := facts[line]
			if (got == nil) != (want == nil) || got != nil && !sameFacts(*got, *want) {
				t.Errorf("line %d: %+v", line, got)
			}
		}
	})
}

func sameFacts(a, b BasisFacts) bool {
	same := a.LastTransaction.Equal(b.LastTransaction) && a.PageCaptured.Equal(b.PageCaptured)
	a.LastTransaction, a.PageCaptured = b.LastTransaction, b.PageCaptured
	return same && a == b
}

const sqlTestReceipt = `SELECT provider, representative, items FROM import_receipt WHERE workspace_id = ?`

func TestAListFromSomebodyElseLeavesItsRecord(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		im := w.importer(t)
		file := "email,consent date,source,evidence\na@example.jp,2026-01-10,店頭,申込書1\n"
		shared := func(o *Import) { o.Declared.Origin, o.Declared.Receipt = Shared, receipt }
		w.report(t, w.start(t, im, strings.NewReader(file), func(o *Import) { shared(o); o.DryRun = true }))
		var provider, representative, items string
		row := func() error {
			return w.db.QueryRow(t.Context(), sqlTestReceipt, 1).Scan(&provider, &representative, &items)
		}
		if err := row(); err == nil {
			t.Error("a dry run left a record")
		}
		w.report(t, w.start(t, im, strings.NewReader(file), shared))
		if err := row(); err != nil || provider != "株式会社森" || representative != "森 一郎" || !strings.Contains(items, "email") {
			t.Errorf("%s %s %s %v", provider, representative, items, err)
		}
	})
}
