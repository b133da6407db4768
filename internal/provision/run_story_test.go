package provision

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestOnlyThoseWhoMayBeAreProvided is the main job: stopped people stay out, only
// notified items leave, each person has a record, and the records stay their time.
func TestOnlyThoseWhoMayBeAreProvided(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		p, to := h.running(), h.recipient()
		aoki, ueda := h.person("青木", "aoki@example.jp"), h.person("上田", "ueda@example.jp")
		h.person("江口", "eguchi@example.jp", func(c *contact.Contact) { c.Prefecture = "大阪府" })
		h.person("=SUM(1)", "")
		h.stop("ueda@example.jp", p.ID)
		run := h.planned(Plan{Programme: p.ID, Recipient: to.ID})
		if run.State != Planned || run.Counts.Seen != 4 || run.Counts.Provided != 3 || run.Counts.Excluded["PRV-07"] != 1 {
			t.Fatalf("counted: %+v", run)
		}
		if fmt.Sprint(run.Preview.Columns, run.Preview.Rows) != "[氏名 勤務先] [[青木 青木商店] [江口 江口商店] [=SUM(1) =SUM(1)商店]]" {
			t.Errorf("preview: %v", run.Preview)
		}
		h.refused(h.runs.Approve(h.Context(), h.planner, Approval{Workspace: h.ws, Run: run.ID}, h.now), "provision.run.second")
		h.refused(h.runs.Approve(h.Context(), account.By{Actor: account.Actor{Kind: account.ActorCLI}}, Approval{Workspace: h.ws, Run: run.ID}, h.now), "provision.run.person")
		if n := h.records(); n != 0 {
			t.Errorf("%d records before anybody approved", n)
		}
		if err := h.runs.Approve(h.Context(), h.other, Approval{Workspace: h.ws, Run: run.ID}, h.now); err != nil {
			t.Fatal(err)
		}
		h.work(h.run(run.ID).Job)
		if s, err := h.runs.HandedTo(h.Context(), db, h.ws, to.ID, time.Time{}, time.Time{}); err != nil || len(s.Runs) != 0 {
			t.Errorf("what was only prepared counts as handed over: %+v, %v", s, err)
		}
		h.stop("aoki@example.jp", 0) // between judging and hand-over
		if got := h.download(h.run(run.ID)); got != "氏名,勤務先\n江口,江口商店\n'=SUM(1),'=SUM(1)商店\n" {
			t.Errorf("the file:\n%s", got)
		}
		run = h.run(run.ID)
		if run.State != Given || run.Proof == "" || run.KeepUntil != h.now.AddDate(3, 0, 0).UTC() || run.Counts.LeftOut != 1 {
			t.Errorf("handed over: %+v", run)
		}
		h.wantTraces(aoki.ID, 0)
		h.wantTraces(ueda.ID, 0)
		s, err := h.runs.HandedTo(h.Context(), db, h.ws, to.ID, h.now.AddDate(0, 0, -1), h.now.AddDate(0, 0, 1))
		if err != nil || len(s.Runs) != 1 || s.Persons != 2 || s.Runs[0].To.Representative != firm().Representative {
			t.Errorf("handed over: %+v, %v", s, err)
		}
		recs, err := h.runs.Records(h.Context(), db, RecordQuery{Workspace: h.ws, Run: run.ID})
		if err != nil || len(recs) != 3 || recs[0].LeftOut != "PRV-07" || recs[0].Maybe || !run.marks(recs[1], "eguchi@example.jp") || run.marks(recs[1], "aoki@example.jp") {
			t.Errorf("records: %+v, %v", recs, err)
		}
		if tasks, err := h.runs.Tasks(h.Context(), db, TaskQuery{Workspace: h.ws}); err != nil || len(tasks) != 0 {
			t.Errorf("nobody's data had gone, and yet: %+v, %v", tasks, err)
		}
		h.stop("eguchi@example.jp", p.ID) // after the hand-over: the recipient is to be told
		tasks, err := h.runs.Tasks(h.Context(), db, TaskQuery{Workspace: h.ws, Open: true})
		if err != nil || len(tasks) != 1 || tasks[0].RecipientName != to.Name || tasks[0].Run != run.ID || tasks[0].Overdue(h.now) || !tasks[0].Overdue(h.now.AddDate(0, 0, 8)) {
			t.Errorf("tasks: %+v, %v", tasks, err)
		}
		h.keptTheirTime(run)
	})
}

func (h *hall) records() (n int64) {
	h.Helper()
	if err := h.db.QueryRow(h.Context(), `SELECT COUNT(*) FROM provision_record`).Scan(&n); err != nil {
		h.Fatal(err)
	}
	return n
}

// refused wants a no for a reason.
func (h *hall) refused(err error, key string) {
	h.Helper()
	if !strings.Contains(fmt.Sprint(err), key) {
		h.Errorf("want %s, got %v", key, err)
	}
}

func (h *hall) wantTraces(person int64, n int) {
	h.Helper()
	got, err := h.runs.TracesOf(h.Context(), h.db, h.ws, person)
	if err != nil || len(got) != n {
		h.Errorf("person %d: %d traces, want %d, %v", person, len(got), n, err)
	}
}

// keptTheirTime holds that records can be deleted by nobody before their time, by the
// program or beside it.
func (h *hall) keptTheirTime(run Run) {
	h.Helper()
	err := h.runs.DropRecords(h.Context(), h.planner, h.ws, run.ID, run.KeepUntil.Add(-time.Second))
	kept, ok := errors.AsType[*KeptError](err)
	if !ok || kept.Rule.ID != "RET-04" || !kept.Until.Equal(run.KeepUntil) || !fault.Is(err, fault.Refused) {
		h.Errorf("deleted too early: %v", err)
	}
	for name, write := range map[string]func(tx *store.Tx) error{
		"delete records": func(tx *store.Tx) error { return done(tx.Exec(h.Context(), `DELETE FROM provision_record`)) },
		"change records": func(tx *store.Tx) error { return done(tx.Exec(h.Context(), `UPDATE provision_record SET name = 'x'`)) },
		"change the run": func(tx *store.Tx) error {
			return done(tx.Exec(h.Context(), `UPDATE provision_run SET recipient_version = 2`))
		},
		"shorten":        func(tx *store.Tx) error { return done(tx.Exec(h.Context(), `UPDATE provision_run SET keep_until = 1`)) },
		"delete the run": func(tx *store.Tx) error { return done(tx.Exec(h.Context(), `DELETE FROM provision_run`)) },
		"change attempts": func(tx *store.Tx) error {
			return done(tx.Exec(h.Context(), `UPDATE provision_attempt SET persons = 0`))
		},
		"change what a recipient was": func(tx *store.Tx) error {
			return done(tx.Exec(h.Context(), `UPDATE provision_recipient_version SET terms = '{}'`))
		},
		"put people back": func(tx *store.Tx) error { return done(tx.Exec(h.Context(), `DELETE FROM provision_left_out`)) },
		"release":         func(tx *store.Tx) error { _, err := tx.Exec(h.Context(), sqlRelease, run.ID, 1, 0); return err },
	} {
		if err := h.db.Write(h.Context(), write); !fault.Is(err, fault.Refused) {
			h.Errorf("%s: %v", name, err)
		}
	}
	if n := h.records(); n != 3 {
		h.Errorf("%d records are left", n)
	}
	if err := h.runs.DropRecords(h.Context(), h.planner, h.ws, run.ID, run.KeepUntil); err != nil {
		h.Error(err)
	}
	if n := h.records(); n != 0 {
		h.Errorf("%d records are left after their time", n)
	}
}

func done(_ int64, err error) error { return err }

// TestWhatWasNotNotifiedIsRefusedByName holds rule PRV-17.
func TestWhatWasNotNotifiedIsRefusedByName(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		p, to := h.running(), h.recipient()
		_, err := h.runs.Plan(t.Context(), h.planner, Plan{Workspace: h.ws, Programme: p.ID, Recipient: to.ID, Fields: []string{"company", "email"}}, h.now)
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "fields provision.run.not_notified") {
			t.Errorf("an item that was not notified: %v", err)
		}
		h.person("青木", "aoki@example.jp")
		run := h.prepared(Plan{Programme: p.ID, Recipient: to.ID, Fields: []string{"company"}, Format: JSONLines})
		if got := h.download(run); got != `{"company":"青木商店"}`+"\n" {
			t.Errorf("%q", got)
		}
	})
}

// TestEachReasonKeepsAPersonOut holds what the law takes out of a run person by person.
func TestEachReasonKeepsAPersonOut(t *testing.T) {
	t.Parallel()
	flag := func(f contact.Flags) func(h *hall, c contact.Contact) {
		return func(h *hall, c contact.Contact) {
			h.write(func(tx *store.Tx) error { return h.people.Flag(h.Context(), tx, h.ws, []int64{c.ID}, f) })
		}
	}
	for name, c := range map[string]struct {
		rule law.RuleID
		do   func(h *hall, c contact.Contact)
	}{
		"sensitive":               {"PRV-04", flag(contact.FlagSensitive)},
		"acquired unlawfully":     {"PRV-04", flag(contact.FlagIllicit)},
		"nobody knows how":        {"PRV-04", flag(contact.FlagUnknown)},
		"received by opt-out":     {"PRV-04", flag(contact.FlagOptOut)},
		"stopped by an address":   {"PRV-07", func(h *hall, _ contact.Contact) { h.stop("aoki@example.jp", 0) }},
		"stopped as a person":     {"PRV-07", func(h *hall, c contact.Contact) { h.stopPerson(c.ID) }},
		"merged with who stopped": {"PRV-07", func(h *hall, c contact.Contact) { o := h.person("旧", ""); h.stopPerson(o.ID); h.merge(o.ID, c.ID) }},
		"merged twice": {"PRV-07", func(h *hall, c contact.Contact) {
			o, m := h.person("旧", ""), h.person("中", "")
			h.stopPerson(o.ID)
			h.merge(o.ID, m.ID)
			h.merge(m.ID, c.ID)
		}},
		"merged with opt-out data": {"PRV-04", func(h *hall, c contact.Contact) {
			o := h.person("旧", "")
			flag(contact.FlagOptOut)(h, o)
			h.merge(o.ID, c.ID)
		}},
		"refused mail in America": {"OUT-14", func(h *hall, c contact.Contact) {
			h.ledger.refused[string(h.people.Hash(h.ws, must(addr.ParseMail("aoki@example.jp"))))] = true
			h.rename(c.ID, func(c *contact.Contact) { c.Country = "US"; c.Prefecture = "" })
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				h := newHall(t, db)
				p, to := h.running(), h.recipient()
				h.person("上田", "ueda@example.jp")
				c.do(h, h.person("青木", "aoki@example.jp"))
				run := h.planned(Plan{Programme: p.ID, Recipient: to.ID})
				if run.Counts.Provided != 1 || run.Counts.Excluded[c.rule] != 1 {
					t.Errorf("%+v", run.Counts)
				}
			})
		})
	}
}
