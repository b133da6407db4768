package gate

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// second is another node on the same database, by the real clock.
func (w *world) second() *Gate {
	w.Helper()
	ring, err := keyring.New(keyring.Generate())
	if err != nil {
		w.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	g := New(w.db, w.rules, consent.New(w.db, ring, log), time.Now, log)
	if err := g.Start(w.Context()); err != nil {
		w.Fatal(err)
	}
	w.Cleanup(g.Stop)
	return g
}

func TestAFenceHoldsOnAllNodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.PostgreSQL(t))
	w.gate.clock = time.Now
	w.start()
	far := w.second()
	for range 5 {
		id := w.reader()
		a := Audience{Workspace: w.ws, Profile: w.profile, Stage: Leased}
		d, err := far.Admit(t.Context(), w.db, a, []Request{w.ad(id)}, time.Now())
		if err != nil || d[0].Refusal != nil {
			t.Fatalf("%+v, %v", d, err)
		}
		if err := w.gate.Record(t.Context(), w.event(id, consent.ActionWithdrawn)); err != nil {
			t.Fatal(err)
		}
		if err := far.BeforeMail(d[0].Permit, time.Now()); ruleOf(err) != "OUT-02" {
			t.Fatalf("the other node: %v", err)
		}
	}
}

// The other node is just writing: the fence here waits until it has stopped there.
func TestAFenceWaitsForTheOtherNodesWriter(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.PostgreSQL(t))
	w.gate.clock = time.Now
	w.start()
	far := w.second()
	id := w.reader()
	d, err := far.Admit(t.Context(), w.db, Audience{Workspace: w.ws, Profile: w.profile}, []Request{w.ad(id)}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	var h *Hold
	cut := make(chan struct{})
	abort := func() {
		select {
		case <-cut:
		default:
			close(cut)
		}
	}
	if h, err = far.BeforeDot(d[0].Permit, time.Now(), abort); err != nil {
		t.Fatal(err)
	}
	fenced := make(chan error, 1)
	go func() { fenced <- w.gate.Record(context.Background(), w.event(id, consent.ActionWithdrawn)) }()
	select {
	case err := <-fenced:
		t.Fatalf("the fence did not wait: %v", err)
	case <-cut:
	}
	h.Done()
	if err := <-fenced; err != nil {
		t.Fatal(err)
	}
}

// A node that crashed is waited for once, and not for ever.
func TestAFenceDoesNotWaitForTheDead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	start := w.clock.read()
	now := start
	dead := peer{node: "dead", applied: 3, seen: 1}
	if w.gate.peers.silent(dead, now) {
		t.Error("a node that is not known yet counts as gone")
	}
	w.gate.peers.watch([]peer{dead}, now)
	if now = start.Add(silence); w.gate.peers.silent(dead, now) {
		t.Error("gone too early")
	}
	if now = start.Add(silence + 1); !w.gate.peers.silent(dead, now) {
		t.Error("never gone")
	}
	dead.seen = 2 // its clock may say what it likes; it changed
	w.gate.peers.watch([]peer{dead}, now)
	if w.gate.peers.silent(dead, now) {
		t.Error("a node that gives signs counts as gone")
	}
	w.gate.peers.watch(nil, now)
	if len(w.gate.peers.changed) != 0 {
		t.Error("a node that left is remembered")
	}
}

func TestANodeSignsOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.PostgreSQL(t))
	w.gate.clock = time.Now
	if err := w.gate.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	other := w.second()
	seen, err := other.readPeers(t.Context())
	if err != nil || len(seen) != 1 || seen[0].node != w.gate.node {
		t.Fatalf("%+v, %v", seen, err)
	}
	w.gate.Stop()
	if seen, err = other.readPeers(t.Context()); err != nil || len(seen) != 0 {
		t.Fatalf("%+v, %v", seen, err)
	}
}
