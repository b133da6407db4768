package contact

import (
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/contact/sheet"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// TestWhatIsKnownOfAnOriginIsKept holds that the marks which keep data from being
// provided on survive merging, exporting and importing again (rule PRV-04).
func TestWhatIsKnownOfAnOriginIsKept(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.importer(t)
		a := w.person(t, Contact{FamilyName: "青木"}, "aoki@example.jp")
		b := w.person(t, Contact{FamilyName: "青木"}, "aoki2@example.jp")
		w.person(t, Contact{FamilyName: "上田"}, "ueda@example.jp")
		w.write(t, func(tx *store.Tx) error {
			return w.book.Flag(t.Context(), tx, 1, []int64{b.ID}, FlagOptOut|FlagSensitive)
		})
		w.write(t, func(tx *store.Tx) error { return w.book.Merge(t.Context(), tx, 1, b.ID, a.ID, epoch) })
		if f, err := w.book.FlagsOf(t.Context(), w.db, 1, a.ID); err != nil || f != FlagOptOut|FlagSensitive {
			t.Errorf("after the merge: %v, %v", f.Names(), err)
		}
		id, err := w.export(t, Export{Columns: []sheet.Field{"email"}, Reason: "監査", Lang: "ja"})
		if err != nil {
			t.Fatal(err)
		}
		var r ExportReport
		if err := w.settled(t, id).DecodeResult(&r); err != nil {
			t.Fatal(err)
		}
		file := w.blob(t, r.File)
		if !strings.Contains(file, "aoki@example.jp; aoki2@example.jp,sensitive via_opt_out\r\n") || !strings.Contains(file, "ueda@example.jp,\r\n") {
			t.Errorf("%q", file)
		}
	})
}

// TestAnImportBringsItsOriginAlong holds the same for lists that come in.
func TestAnImportBringsItsOriginAlong(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		im := w.importer(t)
		file := "email,姓,第三者提供の制限,根拠,取得方法,同意日時,証跡\r\naoki@example.jp,青木,face,B1,店頭,2026-01-10,申込書1\r\n" +
			"ueda@example.jp,上田,,B1,店頭,2026-01-10,申込書2\r\neguchi@example.jp,江口,strange,B1,店頭,2026-01-10,申込書3\r\n"
		r := w.report(t, w.start(t, im, strings.NewReader(file), func(o *Import) {
			o.Declared = Declaration{Origin: OptOut, Purpose: PurposeAds, Receipt: Receipt{
				Provider: "株式会社名簿", Address: "東京都", Representative: "名簿 太郎", Acquisition: "刊行物", Evidence: "契約書", ReceivedAt: epoch, PublishedAt: epoch,
			}}
		}))
		if r.New != 2 || r.Reasons["contact.import.flags"] != 1 {
			t.Fatalf("%+v", r)
		}
		given, err := w.book.Receipts(t.Context(), w.db, 1)
		if err != nil || len(given) != 1 || given[0].Provider != "株式会社名簿" || given[0].Origin != OptOut || len(given[0].Items) == 0 {
			t.Errorf("the record of receiving: %+v, %v", given, err)
		}
		err = w.db.Write(t.Context(), func(tx *store.Tx) error { _, err := tx.Exec(t.Context(), `DELETE FROM import_receipt`); return err })
		if !fault.Is(err, fault.Refused) {
			t.Errorf("it was deleted: %v", err)
		}
		people, next, err := w.book.People(t.Context(), w.db, 1, Segment{}, Page{Limit: 10})
		if err != nil || next != 0 || len(people) != 2 {
			t.Fatalf("%+v, %d, %v", people, next, err)
		}
		for i, want := range []Flags{FlagOptOut | FlagFace, FlagOptOut} {
			if people[i].Flags != want {
				t.Errorf("%s: %v", people[i].FamilyName, people[i].Flags.Names())
			}
		}
	})
}
