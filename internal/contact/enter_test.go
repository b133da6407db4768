package contact

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// TestOnePersonIsEnteredAsAListOfOne: by the same rules about origin, with the same record
// and marks, with an address or without.
func TestOnePersonIsEnteredAsAListOfOne(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		im, _ := w.resting(t)
		enter := func(c Contact, mail string, change func(*Declaration)) (made Contact, err error) {
			c.Workspace = 1
			x := Entered{Contact: c, Mail: mail, Zone: time.UTC, Declared: Declaration{Origin: Own, Source: "窓口の申込書", At: epoch.AddDate(0, 0, -1)}}
			if change != nil {
				change(&x.Declared)
			}
			err = w.db.Write(t.Context(), func(tx *store.Tx) error {
				made, err = im.Enter(t.Context(), tx, x, epoch)
				return err
			})
			return made, err
		}
		wrong := func(err error, names ...string) {
			t.Helper()
			f, ok := asFault(err)
			if !ok {
				t.Errorf("%v was taken", names)
				return
			}
			var got []string
			for _, one := range f.Fields {
				got = append(got, one.Name)
			}
			if slices.Sort(got); !slices.Equal(got, names) {
				t.Errorf("wrong are %v, not %v", got, names)
			}
		}
		_, err := enter(Contact{Company: "株式会社だれか"}, "", func(d *Declaration) { *d = Declaration{} })
		wrong(err, "at", "family_name", "origin", "source")
		for _, bought := range []Origin{Purchased, Rented, Appended, Scraped} {
			_, err = enter(Contact{FamilyName: "青木"}, "", func(d *Declaration) { d.Origin = bought })
			wrong(err, "origin")
		}
		_, err = enter(Contact{FamilyName: "青木"}, "", func(d *Declaration) { d.Origin, d.At = OptOut, epoch.AddDate(0, 0, 1) })
		wrong(err, "acquisition", "at", "provider", "provider_address", "published_at", "receipt_evidence", "received_at", "representative")
		_, err = enter(Contact{FamilyName: "青木"}, "こわれた", nil)
		wrong(err, "email")

		var list Import
		heldList(OptOut)(&list)
		aoki, err := enter(Contact{FamilyName: "青木", PostalCode: "100-0001"}, "", func(d *Declaration) { d.Origin, d.Receipt = OptOut, list.Declared.Receipt })
		if err != nil {
			t.Fatal(err)
		}
		if f, err := w.book.FlagsOf(t.Context(), w.db, 1, aoki.ID); err != nil || f != FlagOptOut {
			t.Errorf("%v, %v", f.Names(), err)
		}
		got, err := w.book.ReceiptsOf(t.Context(), w.db, 1, aoki.ID)
		if err != nil || len(got) != 1 || got[0].Provider != "株式会社名簿" || strings.Join(got[0].Items, " ") != "family_name postal_code" {
			t.Errorf("%+v, %v", got, err)
		}
		if had, err := enter(Contact{FamilyName: "青木", PostalCode: "１００－０００１"}, "", nil); !fault.Is(err, fault.Exists) || had.ID != aoki.ID {
			t.Errorf("entered twice: %+v, %v", had, err)
		}
		ueda, err := enter(Contact{}, "ueda@example.jp", nil)
		if err != nil || len(w.found(t, "ueda@example.jp")) != 1 {
			t.Fatal(ueda, err)
		}
		if had, err := enter(Contact{FamilyName: "別人"}, "UEDA@example.jp", nil); !fault.Is(err, fault.Exists) || had.ID != ueda.ID {
			t.Errorf("one address, two people: %+v, %v", had, err)
		}
		w.write(t, func(tx *store.Tx) error { return w.book.Erase(t.Context(), tx, 1, ueda.ID, epoch) })
		if _, err := enter(Contact{FamilyName: "上田"}, "ueda@example.jp", nil); !fault.Is(err, fault.Refused) {
			t.Errorf("an erased person came back: %v", err)
		}
		if contacts, _, events := w.count(t); contacts != 2 || events != 0 {
			t.Errorf("%d contacts, %d events", contacts, events)
		}
	})
}
