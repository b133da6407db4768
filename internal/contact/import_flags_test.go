package contact

import (
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/contact/sheet"
)

// marked reads the marks of the person with a mail address.
func (w *world) marked(t testing.TB, address string) Flags {
	t.Helper()
	a, err := w.book.AddressByHash(t.Context(), w.db, 1, w.book.Hash(1, mail(t, address)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := w.book.FlagsOf(t.Context(), w.db, 1, a.Contact)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestWhatARefusedRowSaysOfSomebodyIsKept: of somebody who is held already, what keeps the data
// from being provided counts even when the row itself is not taken (個人情報保護法27条2項ただし書).
func TestWhatARefusedRowSaysOfSomebodyIsKept(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		im := w.importer(t)
		for _, name := range []string{"aoki", "ueda", "eguchi", "okada", "kato"} {
			w.person(t, Contact{FamilyName: name}, name+"@example.jp")
		}
		w.ledger.suppressed[string(w.book.Hash(1, mail(t, "aoki@example.jp")))] = true
		file := "email,姓,第三者提供の制限,根拠,取得方法,同意日時,証跡,国\n" +
			"aoki@example.jp,青木,illicit,B1,店頭,2026-01-10,申込書1,\n" + // on the suppression list
			"ueda@example.jp,上田,sensitive,B9,店頭,2026-01-10,申込書2,\n" + // no such basis
			"eguchi@example.jp,江口,face,B1,店頭,2026-01-10,申込書3,ドイツ国\n" + // no such country
			"okada@example.jp,岡田,なに,B1,店頭,2026-01-10,申込書4,\n" + // a mark that nobody knows
			"kato@example.jp,加藤,sensitive,B1,店頭,2026-01-10,申込書5,\n" +
			"nobody@example.jp,無名,sensitive,B9,店頭,2026-01-10,申込書6,\n" // is not held, and will not be
		for _, dry := range []bool{true, false} {
			r := w.report(t, w.start(t, im, strings.NewReader(file), func(o *Import) { o.DryRun = dry }))
			if r.Rows != 6 || r.Refused != 5 || r.Suppressed != 1 {
				t.Fatalf("%+v", r)
			}
			for address, want := range map[string]Flags{
				"aoki@example.jp": FlagIllicit, "ueda@example.jp": FlagSensitive, "eguchi@example.jp": FlagFace, "okada@example.jp": 0, "kato@example.jp": FlagSensitive,
			} {
				if dry {
					want = 0
				}
				if got := w.marked(t, address); got != want {
					t.Errorf("dry %t, %s: %v, want %v", dry, address, got.Names(), want.Names())
				}
			}
		}
		if contacts, addresses, _ := w.count(t); contacts != 5 || addresses != 5 {
			t.Errorf("%d contacts, %d addresses", contacts, addresses)
		}
	})
}

// TestTheColumnOfMarksIsNotLeftOut: a file that says by a column's name what may not be provided
// is not taken without that column.
func TestTheColumnOfMarksIsNotLeftOut(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		im := w.importer(t)
		const key = "columns=contact.import.columns.flags"
		for name, c := range map[string]struct {
			file    string
			columns []sheet.Field
			refused bool
		}{
			"left out":            {"email,姓,第三者提供の制限\na@example.jp,青木,sensitive\n", []sheet.Field{"email", "family_name", ""}, true},
			"taken for another":   {"email,姓,Limits on provision\na@example.jp,青木,sensitive\n", []sheet.Field{"email", "family_name", "title"}, true},
			"two of them":         {"email,第三者提供の制限,提供制限\na@example.jp,face,sensitive\n", nil, true},
			"behind those chosen": {"email,姓,provision_flags\na@example.jp,青木,sensitive\n", []sheet.Field{"email", "family_name"}, true},
			"taken":               {"email,姓,provision_flags\na@example.jp,青木,sensitive\n", []sheet.Field{"email", "family_name", sheet.FieldFlags}, false},
			"by its name":         {"email,姓,第三者提供の制限\na@example.jp,青木,sensitive\n", nil, false},
			"none":                {"email,姓,備考\na@example.jp,青木,sensitive\n", []sheet.Field{"email", "family_name", ""}, false},
		} {
			err := w.startErr(t, im, c.file, heldList(Own, func(o *Import) { o.Columns = c.columns }))
			if c.refused != (err != nil) || c.refused && !strings.Contains(err.Error(), key) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
