package gate

import (
	"context"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestANoStopsAdvertisingInEveryClass: whoever said no, paused or has had enough gets no
// message with advertising in it, whatever its class says; where its advertising can be
// left out they get it so, and everybody else gets it whole.
func TestANoStopsAdvertisingInEveryClass(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		refused, complained, paused, full := w.reader(), w.reader(), w.reader(), w.choosy()
		w.record(w.event(refused, consent.ActionWithdrawn), w.event(complained, consent.ActionComplained))
		rest := w.event(paused, consent.ActionPaused)
		rest.PausedUntil = w.clock.read().Add(time.Hour)
		w.record(rest)
		w.message(full, law.Ad, 3, "delivered", w.clock.read())
		noes := map[int64]law.RuleID{w.reader(): "", refused: "OUT-01", complained: "OUT-12", paused: "FREQ-02", full: "FREQ-01"}
		for _, c := range []law.Class{law.Tx, law.Notice, law.TxWithIncidentalAd} {
			for id, rule := range noes {
				for _, l := range letters() {
					a := Audience{Workspace: w.ws, Profile: w.profile, Stage: Planned, Promotes: l.promotes, StripsAds: l.strips}
					d, err := w.gate.Admit(context.Background(), w.db, a, []Request{{Address: id, Topic: w.topic, Class: c}}, w.clock.read())
					if err != nil {
						t.Fatal(err)
					}
					want := rule
					if l.strips || c != law.TxWithIncidentalAd && !l.promotes {
						want = ""
					}
					got := law.RuleID("")
					if no := d[0].Refusal; no != nil {
						got = no.Rule
					}
					if got != want {
						t.Errorf("%s with %+v, said %q: %q, not %q", c, l, rule, got, want)
					}
					if strip := l.strips && rule != ""; got == "" && d[0].Permit.StripAds() != strip {
						t.Errorf("%s with %+v, said %q: stripped %v", c, l, rule, !strip)
					}
				}
			}
		}
	})
}

// TestALateNoStopsAdvertisingInANotice: a permit for a notice with advertising in it is
// worth nothing once its reader refuses, and a refusal waits for it as for any
// advertisement.
func TestALateNoStopsAdvertisingInANotice(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.start()
		id := w.reader()
		permit := func(l letter) Permit {
			a := Audience{Workspace: w.ws, Profile: w.profile, Stage: Planned, Promotes: l.promotes, StripsAds: l.strips}
			d, err := w.gate.Admit(context.Background(), w.db, a, []Request{{Address: id, Topic: w.topic, Class: law.Notice}}, w.clock.read())
			if err != nil || d[0].Refusal != nil {
				t.Fatal(err, d[0].Refusal)
			}
			return d[0].Permit
		}
		plain, sale := permit(letter{}), permit(letter{promotes: true})
		if plain.p.advertises() || !sale.p.advertises() {
			t.Error("what a refusal waits for")
		}
		w.record(w.event(id, consent.ActionWithdrawn))
		if err := w.gate.read(t.Context()); err != nil {
			t.Fatal(err)
		}
		if rule := ruleOf(w.gate.BeforeMail(sale, w.clock.read())); rule != "OUT-02" {
			t.Errorf("the notice with advertising: %q", rule)
		}
		if err := w.gate.BeforeMail(plain, w.clock.read()); err != nil {
			t.Errorf("the notice: %v", err)
		}
		if permit(letter{promotes: true, strips: true}).p.advertises() {
			t.Error("a refusal waits for a notice without its advertising")
		}
	})
}
