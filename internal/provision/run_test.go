package provision

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// quiet is a ledger that nobody refused to.
type quiet struct {
	refused map[string]bool
	// hall is told whom contacts merge and erase, as the program's ledger has it be.
	hall *hall
}

func (quiet) Imported(context.Context, *store.Tx, []contact.Grant) error { return nil }
func (q quiet) Suppressed(context.Context, store.Reader, int64, [][]byte) (map[string]bool, error) {
	return q.refused, nil
}

func (q quiet) Merged(ctx context.Context, tx *store.Tx, from, into int64, now time.Time) error {
	return q.hall.runs.Merged(ctx, tx, from, into, now)
}

func (q quiet) Erased(ctx context.Context, tx *store.Tx, c contact.Contact, now time.Time) error {
	return q.hall.runs.Forget(ctx, tx, c.Workspace, c.ID, now)
}

// hall is a world with runs, people and two operators.
type hall struct {
	*world
	runs           *Runs
	jobs           *job.Runner
	people         *contact.Book
	ledger         quiet
	planner, other account.By
}

func newHall(t testing.TB, db *store.DB) *hall {
	t.Helper()
	ring, err := keyring.New(keyring.Generate())
	if err != nil {
		t.Fatal(err)
	}
	rules, err := law.Load()
	if err != nil {
		t.Fatal(err)
	}
	h := &hall{world: newWorld(t, db), ledger: quiet{refused: map[string]bool{}}}
	h.ledger.hall = h
	begun := time.Now() // what is tried again waits by this clock
	h.people = contact.New(db, ring, h.ledger)
	h.book = New(db, account.New(db, ring), h.people, rules)
	h.jobs = job.NewRunner(db, slog.New(slog.NewTextHandler(words{t}, nil)), job.Options{Poll: 20 * time.Millisecond, Lease: 5 * time.Second, Clock: func() time.Time { return h.now.Add(time.Since(begun)) }})
	h.runs = NewRuns(RunConfig{Book: h.book, Jobs: h.jobs, Ring: ring, Log: slog.New(slog.DiscardHandler)})
	h.planner, h.other = h.operator("planner"), h.operator("other")
	return h
}

// operator is a legal officer.
func (h *hall) operator(name string) account.By {
	h.Helper()
	var id int64
	err := h.db.Write(h.Context(), func(tx *store.Tx) (err error) {
		if id, err = tx.NewID(h.Context()); err != nil {
			return err
		}
		if _, err := tx.Exec(h.Context(), `INSERT INTO operator (id, email, name, lang, created_at) VALUES (?, ?, ?, 'ja', 1)`, id, fmt.Sprintf("%s%d@example.jp", name, id), name); err != nil {
			return err
		}
		_, err = tx.Exec(h.Context(), `INSERT INTO membership (workspace_id, operator_id, role, created_at) VALUES (?, ?, 'legal', 1)`, h.ws, id)
		return err
	})
	if err != nil {
		h.Fatal(err)
	}
	return account.By{Actor: account.Actor{Kind: account.ActorOperator, ID: id}}
}

// person is somebody with an address.
func (h *hall) person(family, mail string, change ...func(*contact.Contact)) contact.Contact {
	h.Helper()
	c := contact.Contact{Workspace: h.ws, FamilyName: family, Company: family + "商店", Prefecture: "東京都"}
	for _, f := range change {
		f(&c)
	}
	err := h.db.Write(h.Context(), func(tx *store.Tx) (err error) {
		if c, err = h.people.Create(h.Context(), tx, c, h.now); err != nil || mail == "" {
			return err
		}
		a, _, err := h.people.EnsureAddress(h.Context(), tx, h.ws, must(addr.ParseMail(mail)), h.now)
		if err != nil {
			return err
		}
		return h.people.Attach(h.Context(), tx, a.ID, c.ID)
	})
	if err != nil {
		h.Fatal(err)
	}
	return c
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// running is a programme that may provide.
func (h *hall) running() Programme {
	h.Helper()
	p := h.create(OptOut, complete())
	h.freeze(p.ID)
	h.take(p.ID, 1, "noticed", "2026-10-01", "filed", "2026-10-02", "published_by_ppc", "2026-10-05", "published_by_us", "2026-10-06")
	h.now = day("2026-11-20")
	return h.read(p.ID)
}

// firm is a recipient that nothing is missing from.
func firm() RecipientTerms {
	return RecipientTerms{
		Name: "株式会社受領", Address: "大阪府大阪市北区1-1", Representative: "代表取締役 受領 次郎", Country: "JP",
		Identity: "登記事項証明書で確認", Purpose: "住宅の案内", Target: Target{Kind: ByFile},
	}
}

func (h *hall) recipient(change ...func(*RecipientTerms)) Recipient {
	h.Helper()
	t := firm()
	for _, f := range change {
		f(&t)
	}
	r, err := h.runs.CreateRecipient(h.Context(), h.planner, h.ws, t, Secrets{}, h.now)
	if err != nil {
		h.Fatal(err)
	}
	return r
}

// planned is a run that was counted.
func (h *hall) planned(p Plan) Run {
	h.Helper()
	p.Workspace = h.ws
	run, err := h.runs.Plan(h.Context(), h.planner, p, h.now)
	if err != nil {
		h.Fatal(err)
	}
	h.work(run.Job)
	return h.run(run.ID)
}

// prepared is a run that waits to be handed over.
func (h *hall) prepared(p Plan) Run {
	h.Helper()
	run := h.planned(p)
	if err := h.runs.Approve(h.Context(), h.other, Approval{Workspace: h.ws, Run: run.ID}, h.now); err != nil {
		h.Fatal(err)
	}
	h.work(h.run(run.ID).Job)
	return h.run(run.ID)
}

// work does a job to its end.
func (h *hall) work(id int64) {
	h.Helper()
	if err := h.jobs.Start(h.Context()); err != nil {
		h.Fatal(err)
	}
	defer h.jobs.Stop() // nobody reads the clock between two jobs; a job that is just being taken waits for its lease
	limit := 20 * time.Second
	if _, bench := h.TB.(*testing.B); bench {
		limit = 10 * time.Minute
	}
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		j, err := job.Get(h.Context(), h.db, h.ws, id)
		if err != nil {
			h.Fatal(err)
		}
		if j.State.Final() {
			return
		}
	}
	h.Fatal("the job did not end")
}

// words writes the log of jobs into the test's.
type words struct{ testing.TB }

func (w words) Write(b []byte) (int, error) { w.Logf("%s", b); return len(b), nil }

func (h *hall) run(id int64) Run {
	h.Helper()
	run, err := h.runs.Run(h.Context(), h.db, h.ws, id)
	if err != nil {
		h.Fatal(err)
	}
	return run
}

func (h *hall) download(run Run) string {
	h.Helper()
	var out bytes.Buffer
	if err := h.runs.Download(h.Context(), h.other, h.ws, run.ID, &out, h.now); err != nil {
		h.Fatal(err)
	}
	return strings.ReplaceAll(strings.TrimPrefix(out.String(), "\ufeff"), "\r\n", "\n")
}

func (h *hall) stop(mail string, programme int64) {
	h.Helper()
	hash := h.people.Hash(h.ws, must(addr.ParseMail(mail)))
	s := Stop{Workspace: h.ws, Hash: hash, Programme: programme, Method: "letter", Received: h.now}
	if err := h.db.Write(h.Context(), func(tx *store.Tx) error { return h.book.Stop(h.Context(), tx, s, h.now) }); err != nil {
		h.Fatal(err)
	}
}

func (h *hall) write(f func(tx *store.Tx) error) {
	h.Helper()
	if err := h.db.Write(h.Context(), f); err != nil {
		h.Fatal(err)
	}
}

func (h *hall) stopPerson(id int64) {
	h.Helper()
	h.write(func(tx *store.Tx) error {
		return h.book.StopPerson(h.Context(), tx, Stop{Workspace: h.ws, Method: "letter", Received: h.now}, id, h.now)
	})
}

func (h *hall) merge(from, into int64) {
	h.Helper()
	h.write(func(tx *store.Tx) error { return h.people.Merge(h.Context(), tx, h.ws, from, into, h.now) })
}

func (h *hall) erase(id int64) {
	h.Helper()
	h.write(func(tx *store.Tx) error { return h.people.Erase(h.Context(), tx, h.ws, id, h.now) })
}

func (h *hall) rename(id int64, change func(*contact.Contact)) {
	h.Helper()
	h.write(func(tx *store.Tx) error {
		c, err := h.people.Get(h.Context(), tx, h.ws, id)
		if err != nil {
			return err
		}
		change(&c)
		_, err = h.people.Edit(h.Context(), tx, c, h.now)
		return err
	})
}
