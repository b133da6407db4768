package delivery

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/reply"
	"github.com/kyodaku/kyodaku/internal/delivery/shape"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// learn stores a lesson as an engine does.
func (w *world) learn(l lesson, state any) {
	w.Helper()
	text, err := json.Marshal(state)
	if err != nil {
		w.Fatal(err)
	}
	w.write(func(ctx context.Context, tx *store.Tx) error {
		return tx.InsertRows(ctx, sqlKeepShaping, sqlKeepShapingAgain, shapingWidth,
			[]any{l.kind, l.name, l.part, string(text), store.Micros(w.clock.now())})
	})
}

// campaign makes a campaign with an id of its own.
func (w *world) campaign(name string) (id int64) {
	w.Helper()
	w.write(func(ctx context.Context, tx *store.Tx) (err error) {
		if id, err = tx.NewID(ctx); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO campaign (id, workspace_id, name, topic_id, sender_profile_id, class, state, lang, kind, created_at, updated_at)
			VALUES (?, ?, ?, ?, ?, 'ad', 'sending', 'ja', 'markdown', 1, 1)`, id, w.ws, name, w.topic, w.ws)
		return err
	})
	return id
}

func TestLookTellsLanesLimitsAndWhatStoppedThem(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		e := w.engine("127.0.0.1:1")
		readers := w.readers(4)
		spring := w.campaign("春の便り")
		w.plan(e.Outbox(), bulk, spring, readers[:3]...)
		w.plan(e.Outbox(), person, 0, readers[3])
		now := w.clock.now()
		c := shape.New(e.mannersOf(relayLane).bounds, now)
		c.Observe(now, shape.Sample{
			Verdict: reply.Verdict{Blame: reply.Rate, Rule: "slow-down", Wait: time.Hour}, Begun: now, Open: 3, Stage: "mail", Reply: "421 4.7.0 slow down",
		})
		w.learn(lesson{learnedLane, relayLane, ""}, c.Snapshot(now))
		b := shape.NewBreaker(shape.DefaultBreakerBounds())
		for range 1000 {
			b.Observe(now, reply.Verdict{Blame: reply.Recipient, Permanent: true, Unknown: true}, "550 no such user")
		}
		w.learn(lesson{learnedBreaker, relayLane, strconv.FormatInt(spring, 10)}, b.Snapshot())
		w.learn(lesson{learnedBreaker, "gmail", "77"}, b.Snapshot()) // of a campaign that is gone

		look := e.Look()
		lanes, err := look.Lanes(t.Context(), w.ws, now)
		if err != nil || len(lanes) != 2 {
			t.Fatal(lanes, err)
		}
		bulky, awaited := lanes[0], lanes[1]
		if bulky.Name != relayLane || bulky.Awaited || bulky.Queue.Waiting != 3 || bulky.Queue.Due != 3 || bulky.Queue.Oldest.IsZero() {
			t.Errorf("%+v", bulky)
		}
		if until := bulky.Paused(); until.Before(now.Add(time.Minute)) {
			t.Errorf("the rest is not told: %v", until)
		}
		if awaited.Name != relayLane || !awaited.Awaited || awaited.Queue.Waiting != 1 || !awaited.Paused().IsZero() {
			t.Errorf("%+v", awaited)
		}
		a, err := look.Domain(t.Context(), w.ws, "example.jp", now)
		if err != nil || len(a.Lanes) != 2 || !a.Provider.Relay() {
			t.Fatalf("%+v, %v", a, err)
		}
		if d := a.Lanes[0].Ways[0].Decisions; !slices.ContainsFunc(d, func(d shape.Decision) bool { return d.Rule == "slow-down" && strings.Contains(d.Reply, "slow down") }) {
			t.Errorf("the reply is not told: %+v", d)
		}
		if len(a.Breakers) != 1 || a.Breakers[0].Name != "春の便り" || a.Breakers[0].Last().Cause != shape.ManyUnknown || a.Breakers[0].Phase != shape.Open {
			t.Errorf("%+v", a.Breakers)
		}
		if text, err := json.Marshal(a); err != nil || strings.Contains(string(text), strconv.FormatInt(spring, 10)) {
			t.Errorf("a database id is told: %s, %v", text, err)
		}

		// Another workspace sees what is learned of receivers, and nothing of this one.
		other, err := look.Domain(t.Context(), w.ws+1, "example.jp", now)
		if err != nil || other.Lanes[0].Queue.Waiting != 0 || len(other.Breakers) != 0 || len(other.Lanes[0].Ways[0].Decisions) == 0 {
			t.Errorf("%+v, %v", other, err)
		}
		if everybody, err := look.Domain(t.Context(), 0, "example.jp", now); err != nil || everybody.Lanes[0].Queue.Waiting != 3 {
			t.Errorf("%+v, %v", everybody, err)
		}
	})
}

func TestLookTellsTheWayOfAMessage(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		readers := w.readers(1)
		b := w.inbox(anyPort, func(b *inbox) { b.accept = func(string) error { return errNotNow } })
		e := w.run(w.engine(b.Addr(), alone))
		spring := w.campaign("春の便り")
		w.plan(e.Outbox(), bulk, spring, readers...)
		w.until("deferred", func() bool { return w.row(readers[0]).outcome == string(Deferred) })
		var id int64
		if err := db.QueryRow(t.Context(), `SELECT id FROM outbox WHERE address_id = ?`, readers[0]).Scan(&id); err != nil {
			t.Fatal(err)
		}
		trace, err := e.Look().Message(t.Context(), w.ws, id)
		if err != nil {
			t.Fatal(err)
		}
		if trace.State != "queued" || trace.Outcome != Deferred || trace.RunAt.IsZero() || trace.Attempts != 1 || trace.Campaign != store.Public("cmp", spring) ||
			trace.Decided.Event == "" || trace.Decided.Rules == "" || trace.Decided.Refusal != "" || trace.Decided.At.IsZero() {
			t.Errorf("%+v", trace)
		}
		if len(trace.Tries) != 1 || trace.Tries[0].Code/100 != 4 || trace.Tries[0].Stage != "rcpt" || trace.Tries[0].Blame == "" || trace.Tries[0].Remote == "" {
			t.Errorf("%+v", trace.Tries)
		}
		text, err := json.Marshal(trace)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []int64{id, spring, readers[0]} {
			if strings.Contains(string(text), strconv.FormatInt(secret, 10)) {
				t.Errorf("the key %d is told: %s", secret, text)
			}
		}
		if _, err := e.Look().Message(t.Context(), w.ws+1, id); !fault.Is(err, fault.NotFound) {
			t.Errorf("another workspace reads it: %v", err)
		}
	})
}

// TestACellOfAnEarlierLifeIsClosed holds that a decision counts although nothing of
// the campaign was sent since the start.
func TestACellOfAnEarlierLifeIsClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	spring := w.campaign("春の便り")
	w.learn(lesson{learnedBreaker, relayLane, strconv.FormatInt(spring, 10)}, shape.BreakerState{Phase: shape.Open, Until: w.clock.now().Add(time.Hour), Rest: time.Hour})
	e := w.run(w.engine("127.0.0.1:1"))
	if open, err := e.Look().OpenCells(t.Context(), 0, relayLane, w.clock.now()); err != nil || len(open) != 1 {
		t.Fatal(open, err)
	}
	e.CloseBreaker(spring, relayLane, "op_hana")
	stop(e)
	if open, err := e.Look().OpenCells(t.Context(), 0, "", w.clock.now()); err != nil || len(open) != 0 {
		t.Errorf("it is still open: %+v, %v", open, err)
	}
}
