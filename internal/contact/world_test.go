package contact

import (
	"context"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

var epoch = time.Date(2026, 11, 21, 5, 0, 0, 0, time.UTC)

// world is an address book with two workspaces, 1 and 2.
type world struct {
	db       *store.DB
	book     *Book
	ledger   *fakeLedger
	exporter *Exporter
}

const (
	sqlTestWorkspace = `INSERT INTO workspace (id, slug, name, legal_name, postal_address, lang, zone, created_at, updated_at) VALUES`
	sqlTestEvents    = `INSERT INTO consent_event (id, workspace_id, contact_id, address_id, channel, topic_id, action, basis,
		method, occurred_at, received_at, commitment) VALUES`
	sqlTestState = `INSERT INTO consent_state (address_id, topic_id, workspace_id, contact_id, state, basis, grade, event_id, since) VALUES`
)

func newWorld(t testing.TB, db *store.DB) *world {
	t.Helper()
	ring, err := keyring.New(keyring.Generate())
	if err != nil {
		t.Fatal(err)
	}
	w := &world{db: db, ledger: &fakeLedger{suppressed: map[string]bool{}}}
	w.book = New(db, ring, w.ledger)
	w.write(t, func(tx *store.Tx) error {
		return tx.InsertRows(t.Context(), sqlTestWorkspace, "", 9, []any{
			1, "aoba", "青葉", "株式会社青葉", "東京都", "ja", "Asia/Tokyo", 1, 1,
			2, "oak", "Oak", "Oak Ltd", "Tokyo", "en", "Asia/Tokyo", 1, 1,
		})
	})
	return w
}

func (w *world) write(t testing.TB, fn func(tx *store.Tx) error) {
	t.Helper()
	if err := w.db.Write(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// sameEngine opens another fresh database of the same kind.
func sameEngine(t testing.TB, db *store.DB) *store.DB {
	t.Helper()
	if db.Engine() == store.PostgreSQL {
		return storetest.PostgreSQL(t)
	}
	return storetest.SQLite(t)
}

func sqliteFor(t testing.TB) *store.DB { t.Helper(); return storetest.SQLite(t) }

// each runs a story on both engines.
func each(t *testing.T, story func(t *testing.T, w *world)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) { story(t, newWorld(t, db)) })
}

// importer starts a runner on a clock that lets pauses between tries pass quickly.
func (w *world) importer(t testing.TB) *Importer {
	t.Helper()
	im, runner := w.resting(t)
	start(t, runner)
	return im
}

func start(t testing.TB, runner *job.Runner) {
	t.Helper()
	t.Cleanup(runner.Stop)
	if err := runner.Start(t.Context()); err != nil {
		t.Error(err)
	}
}

// resting is an importer whose runner has not been started.
func (w *world) resting(t testing.TB) (*Importer, *job.Runner) {
	t.Helper()
	texts, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	rules, err := law.Load()
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	runner := job.NewRunner(w.db, slog.New(slog.DiscardHandler), job.Options{
		Node: "test", Slots: 1, Lease: 1000 * time.Hour, Poll: 5 * time.Millisecond,
		Clock: func() time.Time { return epoch.Add(1000 * time.Since(began)) },
	})
	im := NewImporter(w.book, runner, texts, rules)
	w.exporter = NewExporter(w.book, runner, texts)
	return im, runner
}

// settled waits for a job's end; the deadline is only for a broken program.
func (w *world) settled(t testing.TB, id int64) job.Job {
	t.Helper()
	for deadline := time.Now().Add(120 * time.Second); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		j, err := job.Get(t.Context(), w.db, 1, id)
		if err != nil {
			t.Fatal(err)
		}
		if j.State.Final() {
			return j
		}
	}
	t.Fatal("the job did not end")
	return job.Job{}
}

// fakeLedger keeps events in the transaction, as the real one does.
type fakeLedger struct {
	suppressed map[string]bool
	// idle has it write nothing, to measure the rest.
	idle bool
	// fail, when set, is asked before each batch.
	fail func() error
	// looked and erasing, when set, are called within the transaction: by an import
	// that has looked its people up, by an erasure that is about to empty one.
	looked, erasing func()
	merged, erased  atomic.Int64
	granted         atomic.Int64
	mu              sync.Mutex
	// kept holds the facts of committed grants, by line.
	kept map[int]*BasisFacts
	// persons holds the kinds that committed grants name, by address.
	persons map[int64]int64
}

// facts are those of all committed grants, by line.
func (f *fakeLedger) facts() map[int]*BasisFacts {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.kept)
}

func (f *fakeLedger) Imported(ctx context.Context, tx *store.Tx, grants []Grant) error {
	if f.fail != nil {
		if err := f.fail(); err != nil {
			return err
		}
	}
	tx.OnCommit(func() { f.granted.Add(int64(len(grants))) })
	if f.idle {
		return nil
	}
	tx.OnCommit(func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.kept == nil {
			f.kept, f.persons = map[int]*BasisFacts{}, map[int64]int64{}
		}
		for _, g := range grants {
			f.kept[g.Line], f.persons[g.Address] = g.Facts, g.Person
		}
	})
	var args []any
	for _, g := range grants {
		action := "granted"
		if !g.RefusedAt.IsZero() {
			action = "refused"
		}
		topics := g.Topics
		if len(topics) == 0 {
			topics = []int64{0} // everything
		}
		for _, topic := range topics {
			id, err := tx.NewID(ctx)
			if err != nil {
				return err
			}
			args = append(args, id, g.Workspace, g.Contact, g.Address, "email", topic, action, string(g.Basis), "import",
				store.Micros(g.At), g.Line, g.Hash)
		}
	}
	return tx.InsertRows(ctx, sqlTestEvents, "", 12, args)
}

func (f *fakeLedger) Suppressed(_ context.Context, _ store.Reader, _ int64, hashes [][]byte) (map[string]bool, error) {
	if f.looked != nil {
		f.looked()
	}
	found := map[string]bool{}
	for _, h := range hashes {
		if f.suppressed[string(h)] {
			found[string(h)] = true
		}
	}
	return found, nil
}

func (f *fakeLedger) Merged(context.Context, *store.Tx, int64, int64, time.Time) error {
	f.merged.Add(1)
	return nil
}

func (f *fakeLedger) Erased(context.Context, *store.Tx, Contact, time.Time) error {
	f.erased.Add(1)
	if f.erasing != nil {
		f.erasing()
	}
	return nil
}
