package contact

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/contact/sheet"
	"github.com/kyodaku/kyodaku/internal/store"
)

// watched is how long a writer is watched that must not get through.
const watched = 300 * time.Millisecond

// mustWait fails when a signal comes that must not.
func mustWait(t *testing.T, signal <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-signal:
		t.Error(what)
	case <-time.After(watched):
	}
}

// await waits for a signal that must come; the time is only for a broken program.
func await(t *testing.T, signal <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-signal:
	case <-time.After(time.Minute):
		t.Fatal(what)
	}
}

// late is an import that has more to say about a person than the book.
func late(t *testing.T, w *world, im *Importer) int64 {
	t.Helper()
	file := "email,company,prefecture\nhanako@example.jp,青葉,大阪府\nother@example.jp,青葉,大阪府\n"
	return w.start(t, im, strings.NewReader(file), func(o *Import) {
		o.Columns = []sheet.Field{"email", "company", "prefecture"}
		o.Declared.Source, o.Declared.At, o.Declared.Evidence = "展示会", epoch.Add(-time.Hour), "用紙"
	})
}

// gone fails when anything that names an erased person is left.
func (w *world) gone(t *testing.T, id int64) {
	t.Helper()
	c, err := w.book.Get(t.Context(), w.db, 1, id)
	if err != nil || c.ErasedAt.IsZero() || c.Company != "" || c.Prefecture != "" || c.FamilyName != "" {
		t.Errorf("%+v, %v", c, err)
	}
	addresses, err := w.book.AddressesOf(t.Context(), w.db, 1, id)
	if err != nil || len(addresses) != 1 || addresses[0].Canonical != "" || addresses[0].Shown != "" {
		t.Errorf("%+v, %v", addresses, err)
	}
}

// TestAnErasureWaitsForAnImportAndTakesAll has an import at the point where it knows
// its people and has written nothing.
func TestAnErasureWaitsForAnImportAndTakesAll(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		hanako := w.person(t, Contact{FamilyName: "佐藤"}, "hanako@example.jp")
		im, runner := w.resting(t)
		looked, released, erased := make(chan struct{}), make(chan struct{}), make(chan struct{})
		release := sync.OnceFunc(func() { close(released) })
		defer release() // also when the test fails: the runner waits for its work
		var once sync.Once
		w.ledger.looked = func() {
			once.Do(func() {
				close(looked)
				<-released
			})
		}
		begun := make(chan struct{})
		w.ledger.erasing = sync.OnceFunc(func() { close(begun) })
		id := late(t, w, im)
		start(t, runner)
		await(t, looked, "the import looked nobody up")
		go func() {
			defer close(erased)
			if err := w.db.Write(t.Context(), func(tx *store.Tx) error { return w.book.Erase(t.Context(), tx, 1, hanako.ID, epoch) }); err != nil {
				t.Error(err)
			}
		}()
		mustWait(t, begun, "an erasure went by a person whom an import was writing")
		release()
		if r := w.report(t, id); r.New != 1 || r.Updated != 1 || r.Refused != 0 {
			t.Errorf("%+v", r)
		}
		await(t, erased, "the erasure did not end")
		w.gone(t, hanako.ID)
	})
}

// TestAnImportWaitsForAnErasureAndRefuses has an erasure at the point where it has
// begun and emptied nothing.
func TestAnImportWaitsForAnErasureAndRefuses(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		hanako := w.person(t, Contact{FamilyName: "佐藤"}, "hanako@example.jp")
		im, runner := w.resting(t)
		looked := make(chan struct{})
		var once sync.Once
		w.ledger.looked = func() { once.Do(func() { close(looked) }) }
		w.ledger.erasing = func() {
			go start(t, runner) // it writes too: on SQLite only after this transaction
			mustWait(t, looked, "an import looked up a person who was being erased")
		}
		id := late(t, w, im)
		w.write(t, func(tx *store.Tx) error { return w.book.Erase(t.Context(), tx, 1, hanako.ID, epoch) })
		if r := w.report(t, id); r.New != 1 || r.Updated != 0 || r.Refused != 1 || r.Reasons["contact.import.erased"] != 1 {
			t.Errorf("%+v", r)
		}
		w.gone(t, hanako.ID)
	})
}
