package contact

import (
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/addr"
)

// TestPeopleAreToldApart holds which traits make a kind of their own, and which do not
// because something better tells.
func TestPeopleAreToldApart(t *testing.T) {
	t.Parallel()
	plain := Traits{Channel: addr.Email, Domain: "example.com", Live: true}
	with := func(change func(*Traits)) Traits {
		other := plain
		change(&other)
		return other
	}
	apart := []Traits{
		plain,
		with(func(t *Traits) { t.Erased = true }),
		with(func(t *Traits) { t.Country = "DE" }),
		with(func(t *Traits) { t.Postal = true }),
		with(func(t *Traits) { t.Lang = "ja" }),
		with(func(t *Traits) { t.Lang = "en" }),
		with(func(t *Traits) { t.Domain = "example.de" }),
		with(func(t *Traits) { t.Domain = "xn--wgv71a" }),
		with(func(t *Traits) { t.Domain = "docomo.ne.jp" }),
		with(func(t *Traits) { t.Domain = "d.vodafone.ne.jp" }),
		with(func(t *Traits) { t.Domain = "example.ne.jp" }),
		with(func(t *Traits) { t.Phone = "+81312345678" }),
		with(func(t *Traits) { t.Phone = "+4930123456" }),
		with(func(t *Traits) { t.Name = "田中" }),
		with(func(t *Traits) { t.Name = "タナカ" }),
		with(func(t *Traits) { t.Company = true }),
		with(func(t *Traits) { t.Company, t.Domain = true, "gmail.com" }),
		with(func(t *Traits) { t.Country, t.Domain = "DE", "example.jp" }),
		with(func(t *Traits) { t.Country, t.Postal = "DE", true }),
		with(func(t *Traits) { t.Country, t.Phone = "DE", "+81312345678" }),
		with(func(t *Traits) { t.Country, t.Lang = "DE", "ja" }),
		with(func(t *Traits) { t.Live = false }),
	}
	seen := map[int64]Traits{}
	for _, one := range apart {
		kind := one.Kind()
		if other, met := seen[kind]; met || kind == 0 || (kind == Outside) != !one.Live {
			t.Errorf("%+v is %d, as %+v", one, kind, other)
		}
		seen[kind] = one
	}
	for name, pair := range map[string][2]Traits{
		"a country in any letters":        {with(func(t *Traits) { t.Country = "JP" }), with(func(t *Traits) { t.Country = "jp" })},
		"all numbers of Japan":            {with(func(t *Traits) { t.Phone = "+81312345678" }), with(func(t *Traits) { t.Phone = "+819012345678" })},
		"freemail without a company":      {with(func(t *Traits) { t.Domain = "gmail.com" }), with(func(t *Traits) { t.Domain = "firma.com" })},
		"names are alike":                 {with(func(t *Traits) { t.Name = "田中" }), with(func(t *Traits) { t.Name = "Schmidt" })},
		"so are domains of one country":   {with(func(t *Traits) { t.Domain = "a.example.de" }), with(func(t *Traits) { t.Domain = "b.example.de" })},
		"other channels are in no mail":   {with(func(t *Traits) { t.Channel = addr.SMS }), with(func(t *Traits) { t.Channel = addr.LINE })},
		"a language hides how names look": {with(func(t *Traits) { t.Lang, t.Name = "ja", "タナカ" }), with(func(t *Traits) { t.Lang, t.Name = "ja", "Tanaka" })},
	} {
		if pair[0].Kind() != pair[1].Kind() {
			t.Errorf("%s: %+v", name, pair)
		}
	}
}

// TestAnImportKnowsItsPeople holds the kinds that an import names against what stands in
// the tables afterwards; of people who were there before it names none.
func TestAnImportKnowsItsPeople(t *testing.T) {
	t.Parallel()
	const people = "メールアドレス,姓,フリガナ,会社名,都道府県,国,言語,同意日時,取得方法,証跡\r\n" +
		"one@example.jp,田中,,,,,,2025/11/21,展示会,1\r\n" +
		"two@firma.de,Schmidt,,Firma,,DE,en,2025/11/21,展示会,2\r\n" +
		"three@docomo.ne.jp,,サトウ ハナコ,,東京都,,,2025/11/21,展示会,3\r\n" +
		"known@example.jp,木戸,,,,,ja,2025/11/21,展示会,4\r\n"
	each(t, func(t *testing.T, w *world) {
		w.person(t, Contact{FamilyName: "木戸"}, "known@example.jp")
		r := w.report(t, w.start(t, w.importer(t), strings.NewReader(people), nil))
		if r.New != 3 || len(w.ledger.persons) != 4 {
			t.Fatalf("%+v", r)
		}
		for id, kind := range w.ledger.persons {
			a, err := w.book.AddressByID(t.Context(), w.db, 1, id)
			if err != nil {
				t.Fatal(err)
			}
			c, err := w.book.Get(t.Context(), w.db, 1, a.Contact)
			if err != nil {
				t.Fatal(err)
			}
			want := Traits{
				Channel: a.Channel, Domain: a.Domain, Live: c.Live(), Country: c.Country, Postal: c.Prefecture != "", Lang: string(c.Lang),
				Company: c.Company != "", Name: c.FamilyKana + c.FamilyName + c.DisplayName,
			}.Kind()
			if a.Canonical == "known@example.jp" {
				want = 0
			}
			if kind != want {
				t.Errorf("%s: %d is named, %d stands there: %+v", a.Canonical, kind, want, c)
			}
		}
	})
}
