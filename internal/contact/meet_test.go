package contact

import (
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// meets is how often acts meet in one test: on PostgreSQL each meeting goes its own way.
const meets = 30

// meet has some acts begin at one moment, each in a transaction of its own, and returns their ends.
func (w *world) meet(t *testing.T, acts ...func(tx *store.Tx) error) []error {
	t.Helper()
	ends := make([]error, len(acts))
	begin := make(chan struct{})
	var all sync.WaitGroup
	for i, act := range acts {
		all.Go(func() {
			<-begin
			ends[i] = w.db.Write(t.Context(), act)
		})
	}
	close(begin)
	all.Wait()
	return ends
}

// TestAPersonIsMergedOrErasedOnce: of two merges and an erasure of one person at one moment one
// is done, and nobody else gets what it is about.
func TestAPersonIsMergedOrErasedOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		for n := range meets {
			mail := strconv.Itoa(n) + "@example.jp"
			lost := w.person(t, Contact{FamilyName: "佐藤", Company: "青葉"}, mail)
			into := []int64{w.person(t, Contact{FamilyName: "鈴木"}, "a"+mail).ID, w.person(t, Contact{FamilyName: "高橋"}, "b"+mail).ID}
			merge := func(i int) func(tx *store.Tx) error {
				return func(tx *store.Tx) error { return w.book.Merge(t.Context(), tx, 1, lost.ID, into[i], epoch) }
			}
			ends := w.meet(t, merge(0), merge(1), func(tx *store.Tx) error { return w.book.Erase(t.Context(), tx, 1, lost.ID, epoch) })
			done := slices.Index(ends, nil)
			for i, err := range ends {
				if i != done && !fault.Is(err, fault.NotFound) {
					t.Fatalf("%d of %v", i, ends)
				}
			}
			for i, id := range into {
				got, err := w.book.Get(t.Context(), w.db, 1, id)
				if err != nil || (got.Company != "") != (i == done) {
					t.Fatalf("done was %d, and %d holds %q, %v", done, i, got.Company, err)
				}
			}
			left, err := w.book.Get(t.Context(), w.db, 1, lost.ID)
			if err != nil || left.ErasedAt.IsZero() != (done < 2) || done < 2 && left.MergedInto != into[done] {
				t.Fatalf("done was %d, and left is %+v, %v", done, left, err)
			}
		}
	})
}

// TestAnErasureTakesANoteThatIsBeingWritten has remarks and erasures of one person meet.
func TestAnErasureTakesANoteThatIsBeingWritten(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		for n := range meets {
			one := w.person(t, Contact{FamilyName: "佐藤"}, strconv.Itoa(n)+"@example.jp")
			note := func(tx *store.Tx) error {
				_, err := w.book.AddNote(t.Context(), tx, 1, Note{Contact: one.ID, At: epoch, Body: "電話で話した"})
				return err
			}
			ends := w.meet(t, note, func(tx *store.Tx) error { return w.book.Erase(t.Context(), tx, 1, one.ID, epoch) }, note)
			if ends[1] != nil {
				t.Fatal(ends)
			}
			left, err := w.book.Notes(t.Context(), w.db, 1, one.ID, 10)
			if err != nil || len(left) != 0 {
				t.Fatalf("%d remarks about somebody who was erased, %v", len(left), err)
			}
		}
	})
}

// TestAMergeTakesAMarkThatIsBeingSet: what is found out of a person's data while they are merged
// holds of whom they are then.
func TestAMergeTakesAMarkThatIsBeingSet(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		for n := range meets {
			mail := strconv.Itoa(n) + "@example.jp"
			lost, into := w.person(t, Contact{FamilyName: "佐藤"}, mail), w.person(t, Contact{FamilyName: "鈴木"}, "a"+mail)
			ends := w.meet(t,
				func(tx *store.Tx) error { return w.book.Merge(t.Context(), tx, 1, lost.ID, into.ID, epoch) },
				func(tx *store.Tx) error {
					return w.book.Flag(t.Context(), tx, 1, []int64{lost.ID}, FlagSensitive)
				})
			if slices.ContainsFunc(ends, func(err error) bool { return err != nil }) {
				t.Fatal(ends)
			}
			if f, err := w.book.FlagsOf(t.Context(), w.db, 1, lost.ID); err != nil || !f.Has(FlagSensitive) {
				t.Fatalf("a mark was lost: %v, %v", f.Names(), err)
			}
		}
	})
}

// TestSomebodyIsFoundByNewNameAndNewAddress, also where both come at one moment.
func TestSomebodyIsFoundByNewNameAndNewAddress(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		for n := range meets {
			mark := "x" + strconv.Itoa(n)
			one := w.person(t, Contact{FamilyName: "佐藤"}, mark+"old@example.jp")
			m := mail(t, mark+"new@example.jp")
			var fresh Address
			w.write(t, func(tx *store.Tx) (err error) {
				fresh, _, err = w.book.EnsureAddress(t.Context(), tx, 1, m, epoch)
				return err
			})
			ends := w.meet(t,
				func(tx *store.Tx) error { return w.book.Attach(t.Context(), tx, fresh.ID, one.ID) },
				func(tx *store.Tx) error {
					edited := one
					edited.Company = mark + "gmbh"
					_, err := w.book.Edit(t.Context(), tx, edited, epoch)
					return err
				})
			if slices.ContainsFunc(ends, func(err error) bool { return err != nil }) {
				t.Fatal(ends)
			}
			for _, word := range []string{mark + "gmbh", mark + "new"} {
				if got, err := w.book.Search(t.Context(), w.db, 1, Query{Text: word}); err != nil || len(got) != 1 {
					t.Fatalf("%d people are found by %q, %v", len(got), word, err)
				}
			}
		}
	})
}

// TestAnAddressThatComesBackTwiceHasOnePerson: whoever sends a form twice is one person, also
// where the address had been erased.
func TestAnAddressThatComesBackTwiceHasOnePerson(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		for n := range meets {
			m := mail(t, strconv.Itoa(n)+"@example.jp")
			was := w.person(t, Contact{FamilyName: "佐藤"}, m.String())
			w.write(t, func(tx *store.Tx) error { return w.book.Erase(t.Context(), tx, 1, was.ID, epoch) })
			got := make([]Address, 2)
			back := func(i int) func(tx *store.Tx) error {
				return func(tx *store.Tx) (err error) {
					if got[i], _, err = w.book.EnsureAddress(t.Context(), tx, 1, m, epoch); err != nil {
						return err
					}
					made, _, err := w.book.EnsureContact(t.Context(), tx, got[i], Contact{Workspace: 1, FamilyName: "佐藤"}, epoch)
					got[i].Contact = made.ID
					return err
				}
			}
			ends := w.meet(t, back(0), back(1))
			if ends[0] != nil || ends[1] != nil || got[0].Contact != got[1].Contact {
				t.Fatalf("%v: two people of one address: %d, %d", ends, got[0].Contact, got[1].Contact)
			}
			now, err := w.book.AddressByHash(t.Context(), w.db, 1, got[0].Hash)
			if err != nil || now.Contact != got[0].Contact {
				t.Fatalf("the address is %d's and not %d's, %v", now.Contact, got[0].Contact, err)
			}
		}
	})
}

// TestAnImportKeepsAnEditMadeMeanwhile has an import at the point where it has read its people.
func TestAnImportKeepsAnEditMadeMeanwhile(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		hanako := w.person(t, Contact{FamilyName: "佐藤", GivenName: "花"}, "hanako@example.jp")
		im, runner := w.resting(t)
		looked, edited := make(chan struct{}), make(chan struct{})
		var stale error
		var once sync.Once
		w.ledger.looked = func() {
			once.Do(func() {
				close(looked)
				mustWait(t, edited, "an edit went by a person whom an import was writing")
			})
		}
		go func() {
			defer close(edited)
			<-looked
			stale = w.db.Write(t.Context(), func(tx *store.Tx) error {
				one := hanako
				one.GivenName = "花子"
				_, err := w.book.Edit(t.Context(), tx, one, epoch)
				return err
			})
		}()
		id := late(t, w, im)
		start(t, runner)
		if r := w.report(t, id); r.Updated != 1 {
			t.Errorf("%+v", r)
		}
		if await(t, edited, "the edit did not end"); !fault.Is(stale, fault.Stale) {
			t.Errorf("%v", stale)
		}
		if got, err := w.book.Get(t.Context(), w.db, 1, hanako.ID); err != nil || got.GivenName != "花" || got.Company != "青葉" {
			t.Errorf("%+v, %v", got, err)
		}
	})
}
