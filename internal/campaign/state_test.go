package campaign

import (
	"context"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// act is a verb of an operator on a campaign.
type act func(w *world, c Campaign) error

var acts = map[string]act{
	"send": func(w *world, c Campaign) error {
		return w.Send(w.Context(), w.owner, c, Launch{Hold: time.Minute}, w.now)
	},
	"schedule": func(w *world, c Campaign) error {
		return w.Send(w.Context(), w.owner, c, Launch{At: w.now.Add(time.Hour)}, w.now)
	},
	"edit": func(w *world, c Campaign) error {
		_, err := w.Edit(w.Context(), w.owner, c, w.content("別の本文\n"), w.now)
		return err
	},
	"pause":  func(w *world, c Campaign) error { return w.Pause(w.Context(), w.owner, c, w.now) },
	"resume": func(w *world, c Campaign) error { return w.Resume(w.Context(), w.owner, c, w.now) },
	"recall": func(w *world, c Campaign) error { return w.Recall(w.Context(), w.owner, c, w.now) },
	"cancel": func(w *world, c Campaign) error { return w.Cancel(w.Context(), w.owner, c, w.now) },
}

// into brings a draft into a state by the moves of operators and planner.
var into = map[State]func(w *world, c Campaign){
	Draft:     func(*world, Campaign) {},
	Holding:   func(w *world, c Campaign) { w.do("send", c) },
	Scheduled: func(w *world, c Campaign) { w.do("schedule", c) },
	Sending: func(w *world, c Campaign) {
		w.do("send", c)
		w.wait(2 * time.Minute)
		w.plan()
	},
	Paused: func(w *world, c Campaign) {
		w.do("send", c)
		w.do("pause", c)
	},
	Stopped: func(w *world, c Campaign) {
		w.do("send", c)
		w.do("cancel", c)
	},
	Done: func(w *world, c Campaign) {
		w.do("send", c)
		w.wait(2 * time.Minute)
		w.plan()
		w.settle(c, 10, delivery.Delivered)
		w.plan()
	},
}

func (w *world) do(verb string, c Campaign) {
	w.Helper()
	if err := acts[verb](w, must(w.Get(w.Context(), w.DB, c.Workspace, c.ID))); err != nil {
		w.Fatalf("%s: %v", verb, err)
	}
}

// TestEveryMoveFromEveryState tries all acts in all states: those that are not in
// the table are refused and change nothing.
func TestEveryMoveFromEveryState(t *testing.T) {
	t.Parallel()
	leads := map[State]map[string]State{
		Draft:     {"send": Holding, "schedule": Scheduled, "edit": Draft},
		Holding:   {"pause": Paused, "recall": Draft, "cancel": Stopped},
		Scheduled: {"pause": Paused, "recall": Draft, "cancel": Stopped},
		Sending:   {"pause": Paused, "cancel": Stopped},
		Paused:    {"resume": Holding, "cancel": Stopped},
		Stopped:   {},
		Done:      {},
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.readers(2)
		for from, moves := range leads {
			for verb, do := range acts {
				c := w.draft()
				into[from](w, c)
				before := w.is(c, from)
				err := do(w, before)
				to, may := moves[verb]
				if !may {
					to = from
				}
				after := must(w.Get(t.Context(), w.DB, c.Workspace, c.ID))
				switch {
				case after.State != to:
					t.Errorf("%s, %s: now %s, not %s", from, verb, after.State, to)
				case may && err != nil:
					t.Errorf("%s, %s: %v", from, verb, err)
				case !may && (!fault.Is(err, fault.Refused) || after != before):
					t.Errorf("%s, %s: %v; %+v", from, verb, err, after)
				}
			}
		}
	})
}

// TestAHoldIsKeptToTheEnd holds that nothing is planned before the time.
func TestAHoldIsKeptToTheEnd(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.readers(3)
		held, later := w.draft(), w.draft()
		if err := w.Send(t.Context(), w.owner, held, Launch{Hold: -time.Second}, w.now); !fault.Is(err, fault.Invalid) {
			t.Errorf("a hold of less than nothing: %v", err)
		}
		if err := w.Send(t.Context(), w.owner, held, Launch{Hold: 25 * time.Hour}, w.now); !fault.Is(err, fault.Invalid) {
			t.Errorf("a hold of more than a day: %v", err)
		}
		w.do("send", held) // a minute
		w.do("schedule", later)
		if c := w.is(held, Holding); !c.HoldUntil.Equal(w.now.Add(time.Minute)) || c.Version == 0 {
			t.Errorf("%+v", c)
		}
		w.wait(59 * time.Second)
		w.plan()
		w.is(held, Holding)
		w.counts(held, Progress{})
		w.wait(time.Second)
		w.plan()
		w.is(held, Sending)
		w.counts(held, Progress{Queued: 3})
		w.is(later, Scheduled)

		w.do("recall", later)
		w.wait(2 * time.Hour)
		w.plan()
		if c := w.is(later, Draft); c.Version != 0 || !c.HoldUntil.IsZero() || !c.ScheduledAt.IsZero() {
			t.Errorf("%+v", c)
		}
		w.counts(later, Progress{})
	})
}

// TestAPauseBeforeTheTimeWaitsForIt holds that resuming does not start early, and
// that one who was paused while sending goes on where it stood.
func TestAPauseBeforeTheTimeWaitsForIt(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.readers(3)
		c := w.draft()
		w.do("schedule", c)
		w.do("pause", c)
		w.wait(2 * time.Hour)
		w.plan()
		w.is(c, Paused)
		w.counts(c, Progress{})
		w.do("resume", c)
		w.is(c, Scheduled)
		w.plan()
		w.is(c, Sending)
		w.settle(c, 1, delivery.Delivered)
		w.do("pause", c)
		w.plan()
		w.is(c, Paused)
		w.counts(c, Progress{Queued: 2, Delivered: 1})
		if n := w.rows(c, 4); n != 2 {
			t.Errorf("%d rows are put aside", n)
		}
		if halted := must(w.Halted(t.Context(), w.DB, []int64{c.ID})); !halted[c.ID] {
			t.Error("a paused campaign is not halted")
		}
		w.do("resume", c)
		w.is(c, Sending)
		if n := w.rows(c, 0); n != 2 {
			t.Errorf("%d rows came back", n)
		}
		w.settle(c, 2, delivery.Delivered)
		w.plan()
		if done := w.is(c, Done); done.FinishedAt.IsZero() || done.StartedAt.IsZero() {
			t.Errorf("%+v", done)
		}
	})
}

// rows counts the rows of a campaign in a state of the outbox.
func (w *world) rows(c Campaign, state int) (n int) {
	w.Helper()
	if err := w.DB.QueryRow(w.Context(), `SELECT COUNT(*) FROM outbox WHERE campaign_id = ? AND state = ?`, c.ID, state).Scan(&n); err != nil {
		w.Fatal(err)
	}
	return n
}

// TestEverybodyIsCountedOnce follows people through every outcome.
func TestEverybodyIsCountedOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		readers := w.readers(8)
		w.write(func(ctx context.Context, tx *store.Tx) error {
			return w.said(ctx, tx, readers[0], consent.ActionWithdrawn)
		})
		c := w.draft()
		w.do("send", c)
		w.wait(2 * time.Minute)
		w.plan()
		w.plan() // planning again adds nobody
		planned := must(w.Progress(t.Context(), w.DB, c.ID))
		if planned.Queued != 7 || planned.Total() > 8 || planned.Settled() != planned.Withheld {
			t.Fatalf("%+v", planned)
		}
		w.settle(c, 4, delivery.Delivered)
		w.settle(c, 1, delivery.Failed)
		w.settle(c, 1, delivery.Uncertain)
		w.settle(c, 1, delivery.Deferred)
		want := Progress{Delivered: 4, Failed: 1, Uncertain: 1, Deferred: 1, Withheld: planned.Withheld}
		w.counts(c, want)
		if all := must(w.ProgressOf(t.Context(), w.DB, []int64{c.ID, c.ID + 1})); all[c.ID] != want || len(all) != 1 {
			t.Errorf("%+v", all)
		}
		w.plan()
		w.is(c, Sending) // one is still tried
		w.do("cancel", c)
		w.is(c, Stopped)
		want.Deferred, want.Withheld = 0, want.Withheld+1
		w.counts(c, want)
		reasons := must(w.Reasons(t.Context(), w.DB, c.ID))
		by := map[law.RuleID]int64{}
		for _, r := range reasons {
			by[r.Rule] = r.Count
		}
		if by[StopRule] != 1 {
			t.Errorf("%+v", reasons)
		}
		if people := must(w.Withheld(t.Context(), w.DB, c.ID, StopRule, 0, 10)); len(people) != 1 {
			t.Errorf("%+v", people)
		}
	})
}

// TestTheFrozenTextGoesOut holds that a stale or dirty draft is not sent.
func TestTheFrozenTextGoesOut(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		old := w.draft()
		w.wait(time.Second)
		w.do("edit", old)
		if err := w.Send(t.Context(), w.owner, old, Launch{}, w.now); !fault.Is(err, fault.Stale) {
			t.Errorf("somebody else wrote: %v", err)
		}
		if _, err := w.Edit(t.Context(), w.owner, old, w.content("x"), w.now); !fault.Is(err, fault.Stale) {
			t.Errorf("an edit of an old text: %v", err)
		}
		red := must(w.Create(t.Context(), w.owner, w.ws.ID, w.content("{{ contact.family_name }}様\n"), w.now))
		if !Red(must(w.Check(t.Context(), w.DB, red))) {
			t.Fatal("no red finding")
		}
		if err := w.Send(t.Context(), w.owner, red, Launch{Amber: true}, w.now); !fault.Is(err, fault.Invalid) {
			t.Errorf("a red finding: %v", err)
		}
		w.is(red, Draft)
		other := old
		other.Workspace++
		if err := w.Pause(t.Context(), w.owner, other, w.now); err == nil {
			t.Error("a campaign of another workspace was paused")
		}
	})
}

// TestAmberFindingsAreAnsweredFor tries who may send or approve a draft with them.
func TestAmberFindingsAreAnsweredFor(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		marketer, legal := w.member(account.Marketer), w.member(account.Legal)
		amberDraft := func() Campaign {
			return must(w.Create(t.Context(), w.owner, w.ws.ID, w.content("{{ contact.family_name }}\n\n新刊です。\n"), w.now))
		}
		send := func(by account.By, c Campaign, read bool) error {
			return w.Send(t.Context(), by, c, Launch{Hold: time.Hour, Amber: read, Answer: w.answer(c, "件名を確認済み")}, w.now)
		}
		key := account.By{Actor: account.Actor{Kind: account.ActorAPIKey, ID: 1}}
		for name, by := range map[string]account.By{"a marketer": marketer, "a program with a key": key} {
			c := amberDraft()
			if err := send(by, c, true); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
			if err := w.Approve(t.Context(), by, c, w.answer(c, "校正済み"), w.now); !fault.Is(err, fault.Refused) {
				t.Errorf("%s approves: %v", name, err)
			}
			w.is(c, Draft)
			if err := w.Approve(t.Context(), legal, c, w.answer(c, "校正済み"), w.now); err != nil {
				t.Fatal(err)
			}
			if err := send(by, c, false); err != nil {
				t.Errorf("%s after an approval: %v", name, err)
			}
			w.is(c, Holding)
		}
		c := amberDraft()
		if err := send(w.owner, c, false); !fault.Is(err, fault.Invalid) {
			t.Errorf("an owner who did not read them: %v", err)
		}
		if err := send(w.owner, c, true); err != nil {
			t.Error(err)
		}
		if err := w.Approve(t.Context(), legal, w.is(c, Holding), w.answer(c, "校正済み"), w.now); !fault.Is(err, fault.Refused) {
			t.Errorf("approved behind the sending: %v", err)
		}
		var n int
		err := w.DB.QueryRow(t.Context(), `SELECT COUNT(*) FROM audit WHERE action = 'campaign.approve'`).Scan(&n)
		if err != nil || n != 3 {
			t.Errorf("%d lines of audit, %v", n, err)
		}
	})
}
