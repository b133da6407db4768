package campaign

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestWhatCannotLeaveFromHereIsParked: a campaign that was on its way when the public
// address lost its https is paused as a whole with the rule, and no reader is refused.
func TestWhatCannotLeaveFromHereIsParked(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.readers(3)
		running, held := w.draft(), w.draft()
		into[Sending](w, running)
		w.do("send", held)
		notice := must(w.Create(t.Context(), w.owner, w.ws.ID, w.contentOf(compose.Tx), w.now))
		w.do("schedule", notice)

		w.Links.PublicURL = "http://k.mori.example.jp"
		if err := w.Prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.wait(2 * time.Minute)
		w.plan()
		for _, c := range []Campaign{running, held} {
			if got := w.is(c, Paused); got.Parked != ruleSecure {
				t.Errorf("it rests for %q", got.Parked)
			}
		}
		w.counts(running, Progress{Queued: 3})
		w.counts(held, Progress{})
		if n := w.rows(running, 4); n != 3 {
			t.Errorf("%d rows are put aside", n)
		}
		w.is(notice, Scheduled) // it needs no way out by one press
		err := w.Resume(t.Context(), w.owner, w.is(running, Paused), w.now)
		if e, ok := errors.AsType[*fault.Error](err); !ok || e.Kind != fault.Refused || !slices.Contains(e.Args, any("ID-04")) {
			t.Errorf("it may go on: %v", err)
		}

		w.Links.PublicURL = "https://k.mori.example.jp"
		w.do("resume", running)
		if got := w.is(running, Sending); got.Parked != "" {
			t.Errorf("it goes on, for %q", got.Parked)
		}
		var n int
		if err := db.QueryRow(t.Context(), `SELECT COUNT(*) FROM audit WHERE action = 'campaign.park'`).Scan(&n); err != nil || n != 2 {
			t.Errorf("%d lines of audit, %v", n, err)
		}
	})
}

// contentOf is a text of a class.
func (w *world) contentOf(class compose.Class) Content {
	c := w.content("システムの停止についてお知らせします。\n")
	c.Class = class
	return c
}

// TestEveryClassIsJudged: the rules of writing find everything readable in a draft of any
// class, so that none is forbidden for what nobody told them.
func TestEveryClassIsJudged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	w.readers(1)
	for _, class := range []compose.Class{"", compose.Ad, compose.ConsentRequest, compose.Tx, compose.TxWithIncidentalAd, compose.Notice} {
		c := must(w.Create(t.Context(), w.owner, w.ws.ID, w.contentOf(class), w.now))
		for _, f := range must(w.Check(t.Context(), w.DB, c)) {
			if f.Rule == "FACT-01" {
				t.Errorf("%q: %s cannot be read", class, f.Field)
			}
		}
	}
}

// TestWhatWasNeverMeasuredIsMeasured: a campaign that an older program sent off has no
// measure, and must not reach people in the European Union for that (TRK-01).
func TestWhatWasNeverMeasuredIsMeasured(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.readers(1)
		c := must(w.Create(t.Context(), w.owner, w.ws.ID, w.content("[店](https://mori.example.jp/?m={{ contact.attr.member }})\n"), w.now))
		if err := w.Send(t.Context(), w.owner, c, Launch{Hold: time.Minute, Amber: true, Answer: w.answer(c, "日本の方だけ")}, w.now); err != nil {
			t.Fatal(err)
		}
		want := w.is(c, Holding).Measure
		if !want.Tracks || want.Kilobytes == 0 {
			t.Fatalf("%+v", want)
		}
		w.write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE campaign SET tracks = FALSE, kilobytes = 0 WHERE id = ?`, c.ID)
			return err
		})
		if err := w.Prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := w.is(c, Holding).Measure; got != want {
			t.Errorf("%+v, not %+v", got, want)
		}
	})
}

// TestACampaignIsCheckedAnewWhenItBegins: what was in order when somebody sent it off and
// is forbidden when its time has come rests with the rule, without a letter for anybody,
// until that is mended; others are not held up.
func TestACampaignIsCheckedAnewWhenItBegins(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.readers(3)
		planned := w.draft()
		w.do("schedule", planned)
		notice := must(w.Create(t.Context(), w.owner, w.ws.ID, w.contentOf(compose.Notice), w.now))
		w.do("schedule", notice)
		w.Pages = lostPages{status: 404}
		w.wait(2 * time.Hour)
		w.plan()
		if got := w.is(planned, Paused); got.Parked != "LBL-10" || !got.StartedAt.IsZero() {
			t.Errorf("it rests for %q since it began at %v", got.Parked, got.StartedAt)
		}
		w.counts(planned, Progress{})
		w.is(notice, Sending)
		w.counts(notice, Progress{Queued: 3})
		err := w.Resume(t.Context(), w.owner, w.is(planned, Paused), w.now)
		if e, ok := errors.AsType[*fault.Error](err); !ok || e.Kind != fault.Refused || !slices.Contains(e.Args, any("LBL-10")) {
			t.Errorf("it may go on: %v", err)
		}
		w.Pages = soundPages{}
		w.do("resume", planned)
		w.plan()
		if got := w.is(planned, Sending); got.Parked != "" {
			t.Errorf("it goes on, for %q", got.Parked)
		}
		w.counts(planned, Progress{Queued: 3})
	})
}

// TestACampaignThatCannotBeMovedHoldsNoneUp: what is wrong with one is told, and the others
// go on.
func TestACampaignThatCannotBeMovedHoldsNoneUp(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.readers(1)
		stuck := w.draft()
		w.do("schedule", stuck)
		notice := must(w.Create(t.Context(), w.owner, w.ws.ID, w.contentOf(compose.Notice), w.now))
		w.do("schedule", notice)
		w.Pages = lostPages{err: errors.New("nobody answers")}
		w.wait(2 * time.Hour)
		if err := w.step(t.Context()); err == nil {
			t.Error("nobody is told")
		}
		w.is(stuck, Scheduled)
		w.is(notice, Sending)
		w.counts(notice, Progress{Queued: 1})
	})
}

// lostPages are public pages of which the sender's does not open.
type lostPages struct {
	soundPages
	status int
	err    error
}

func (p lostPages) Open(ctx context.Context, path string) (int, string, error) {
	if strings.HasPrefix(path, "/s/") {
		return p.status, "", p.err
	}
	return p.soundPages.Open(ctx, path)
}
