package gate

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

func ruleOf(err error) law.RuleID {
	if no, ok := errors.AsType[*Refusal](err); ok {
		return no.Rule
	}
	return ""
}

func TestARefusalAfterThePermitIsNoticed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.start()
		id, neighbour := w.reader(), w.reader()
		p, q := w.permit(id), w.permit(neighbour)
		no := w.event(id, consent.ActionWithdrawn)
		if err := w.gate.Record(t.Context(), no); err != nil {
			t.Fatal(err)
		}
		err := w.gate.BeforeMail(p, w.clock.read())
		if refusal, ok := errors.AsType[*Refusal](err); !ok || refusal.Rule != "OUT-02" || refusal.Event != no.ID || refusal.Stage != Mail {
			t.Errorf("before MAIL: %v", err)
		}
		if _, err := w.gate.BeforeDot(p, w.clock.read(), nil); ruleOf(err) != "OUT-02" {
			t.Errorf("before the dot: %v", err)
		}
		h, err := w.gate.BeforeDot(q, w.clock.read(), nil)
		if err != nil {
			t.Fatalf("the neighbour was refused: %v", err)
		}
		h.Done()
	})
}

func TestARefusalOfOneTopicLeavesTheOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	w.start()
	id := w.reader()
	other := w.event(id, consent.ActionGranted)
	other.Topic = w.other
	w.record(other)
	events := w.ask(Request{Address: id, Topic: w.other, Class: law.Ad}).Permit
	h, err := w.gate.BeforeDot(events, w.clock.read(), func() { t.Error("the other topic was dropped") })
	if err != nil {
		t.Fatal(err)
	}
	defer h.Done()
	if err := w.gate.Record(t.Context(), w.event(id, consent.ActionWithdrawn)); err != nil {
		t.Fatal(err)
	}
	if err := w.gate.BeforeMail(events, w.clock.read()); err != nil {
		t.Errorf("the other topic: %v", err)
	}
	all := w.event(id, consent.ActionWithdrawn)
	all.Topic = 0
	w.record(all)
	if err := w.gate.BeforeMail(events, w.clock.read()); ruleOf(err) != "OUT-02" {
		t.Errorf("a refusal of everything: %v", err)
	}
}

func TestPermitsExpireAndStaleGatesSayNo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	id := w.reader()
	p := w.permit(id)
	if err := w.gate.BeforeMail(p, w.clock.read()); ruleOf(err) != "GATE-01" {
		t.Errorf("before Start: %v", err)
	}
	if err := w.gate.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	p = w.permit(id)
	if err := w.gate.BeforeMail(p, w.clock.read()); err != nil {
		t.Errorf("fresh: %v", err)
	}
	w.gate.Stop()
	if err := w.gate.BeforeMail(p, w.clock.read()); ruleOf(err) != "GATE-01" {
		t.Errorf("after Stop: %v", err)
	}
	w.clock.move(permitLife)
	w.gate.feed.refresh(w.clock.read())
	if !p.Expired(w.clock.read()) {
		t.Error("the permit lives too long")
	}
	if _, err := w.gate.BeforeDot(p, w.clock.read(), nil); ruleOf(err) != "GATE-01" {
		t.Errorf("old permit: %v", err)
	}
	w.gate.feed.refresh(w.clock.read())
	p = w.permit(id)
	w.clock.move(FreshnessBound + 1)
	if err := w.gate.BeforeMail(p, w.clock.read()); ruleOf(err) != "GATE-01" {
		t.Errorf("stale: %v", err)
	}
}

// The server has the message but not the dot: the fence waits, and then has the
// connection dropped.
func TestAFenceWaitsAndThenCuts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.start()
		id := w.reader()
		cut := make(chan struct{})
		h, err := w.gate.BeforeDot(w.permit(id), w.clock.read(), sync.OnceFunc(func() { close(cut) }))
		if err != nil {
			t.Fatal(err)
		}
		refused := w.record(w.event(id, consent.ActionWithdrawn))
		fenced := make(chan error, 1)
		go func() { fenced <- w.gate.Fence(context.Background(), refused) }()
		select {
		case err := <-fenced:
			t.Fatalf("the fence did not wait: %v", err)
		case <-cut:
		}
		select {
		case err := <-fenced:
			t.Fatalf("the fence did not wait for the writer to stop: %v", err)
		default:
		}
		h.Written()
		if err := <-fenced; err != nil {
			t.Fatal(err)
		}
		h.Done()
	})
}

// The dot has left: the fence waits for the answer, but nothing is dropped, for
// that would only make the outcome uncertain.
func TestAFenceWaitsForAnAnswerWithPatience(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	w.start()
	for name, answered := range map[string]bool{"soon": true, "late": false} {
		id := w.reader()
		h, err := w.gate.BeforeDot(w.permit(id), w.clock.read(), func() { t.Errorf("%s: dropped", name) })
		if err != nil {
			t.Fatal(err)
		}
		h.Written()
		refused := w.record(w.event(id, consent.ActionWithdrawn))
		fenced := make(chan error, 1)
		began := time.Now()
		go func() { fenced <- w.gate.Fence(context.Background(), refused) }()
		if answered {
			h.Done()
		}
		if err := <-fenced; err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); answered && took >= patience || !answered && took < patience {
			t.Errorf("%s: the fence took %v", name, took)
		}
		if !answered {
			h.Done()
		}
	}
	if n := len(w.gate.feed.held); n != 0 {
		t.Errorf("%d holds are left", n)
	}
}

func TestABillIsNotHeldUpByARefusal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	w.start()
	id := w.reader()
	bill := w.ask(Request{Address: id, Class: law.Tx}).Permit
	h, err := w.gate.BeforeDot(bill, w.clock.read(), func() { t.Error("the bill was dropped") })
	if err != nil {
		t.Fatal(err)
	}
	defer h.Done()
	if err := w.gate.Record(t.Context(), w.event(id, consent.ActionWithdrawn)); err != nil {
		t.Fatal(err)
	}
	if err := w.gate.BeforeMail(bill, w.clock.read()); err != nil {
		t.Errorf("the bill: %v", err)
	}
}

func TestAStaleNodeDropsWhatIsOnItsWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	w.gate.feed.refresh(w.clock.read())
	var cuts atomic.Int64
	writing, err := w.gate.BeforeDot(w.permit(w.reader()), w.clock.read(), func() { cuts.Add(1) })
	if err != nil {
		t.Fatal(err)
	}
	sent, err := w.gate.BeforeDot(w.permit(w.reader()), w.clock.read(), func() { t.Error("one whose dot left was dropped") })
	if err != nil {
		t.Fatal(err)
	}
	sent.Written()
	w.gate.feed.dropIfStale(w.clock.read().Add(FreshnessBound))
	if cuts.Load() != 0 {
		t.Error("dropped while fresh")
	}
	w.gate.feed.dropIfStale(w.clock.read().Add(FreshnessBound + 1))
	if cuts.Load() != 1 {
		t.Errorf("dropped %d", cuts.Load())
	}
	writing.Done()
	sent.Done()
}

func TestTheMemoryForgetsOldRefusals(t *testing.T) {
	t.Parallel()
	f := newFeed(nil)
	at := time.Date(2026, 11, 21, 5, 0, 0, 0, time.UTC)
	f.apply(refused{topic: 1}, entry{seq: 1, at: at})
	f.refresh(at.Add(feedMemory))
	if len(f.since) != 1 {
		t.Error("forgotten too early")
	}
	f.refresh(at.Add(feedMemory + permitLife))
	if len(f.since) != 0 {
		t.Error("never forgotten")
	}
}

func TestAPauseMakesEarlierPermitsWorthless(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.start()
		id, neighbour := w.reader(), w.reader()
		p, q := w.permit(id), w.permit(neighbour)
		pause := w.event(id, consent.ActionPaused)
		pause.PausedUntil = w.clock.read().Add(time.Hour)
		w.record(pause)
		if err := w.gate.read(t.Context()); err != nil {
			t.Fatal(err)
		}
		if rule := ruleOf(w.gate.BeforeMail(p, w.clock.read())); rule != "GATE-01" {
			t.Errorf("the old permit gave %q", rule)
		}
		if err := w.gate.BeforeMail(q, w.clock.read()); err != nil {
			t.Errorf("the neighbour was stopped: %v", err)
		}
		if no := w.ask(w.ad(id)).Refusal; no == nil || no.Rule != "FREQ-02" {
			t.Errorf("asked anew: %+v", no)
		}
	})
}
