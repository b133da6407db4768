package gate

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// no is a story that ends with a rule.
type no struct {
	rule law.RuleID
	// tell makes the rows and returns what is asked for.
	tell func(w *world) Request
}

func (w *world) change(fn func(ctx context.Context, tx *store.Tx) (int64, error)) {
	w.Helper()
	w.write(func(ctx context.Context, tx *store.Tx) error {
		n, err := fn(ctx, tx)
		if err == nil && n == 0 {
			w.Error("nothing was changed")
		}
		return err
	})
}

// message puts an earlier message of the topic into the outbox.
func (w *world) message(address int64, class law.Class, state int64, outcome string, finished time.Time) (id int64) {
	w.Helper()
	w.write(func(ctx context.Context, tx *store.Tx) (err error) {
		if id, err = tx.NewID(ctx); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO outbox (id, workspace_id, kind, address_id, topic_id, class, profile_id, state, outcome, run_at, created_at, finished_at)
			VALUES (?, ?, 'campaign', ?, ?, ?, ?, ?, ?, 1, 1, ?)`, id, w.ws, address, w.topic, string(class), w.profile, state, outcome, store.Micros(finished))
		return err
	})
	return id
}

func noes() map[string]no {
	after := func(a consent.Action) func(w *world) Request {
		return func(w *world) Request {
			id := w.reader()
			w.record(w.event(id, a))
			return w.ad(id)
		}
	}
	suppressed := func(k consent.SuppressionKind, c law.Class) func(w *world) Request {
		return func(w *world) Request {
			id := w.reader()
			w.write(func(ctx context.Context, tx *store.Tx) error {
				var hash []byte
				if err := tx.QueryRow(ctx, `SELECT hash FROM address WHERE id = ?`, id).Scan(&hash); err != nil {
					return err
				}
				_, err := w.people.AddSuppression(ctx, tx, consent.Suppression{
					Workspace: w.ws, Channel: "email", AddressHash: hash, Kind: k, Source: "test", Detail: "test",
				}, w.clock.read())
				return err
			})
			return Request{Address: id, Topic: w.topic, Class: c}
		}
	}
	profile := func(set func(w *world, ctx context.Context, tx *store.Tx) (int64, error)) func(w *world) Request {
		return func(w *world) Request {
			id := w.reader()
			w.change(func(ctx context.Context, tx *store.Tx) (int64, error) { return set(w, ctx, tx) })
			return w.ad(id)
		}
	}
	return map[string]no{
		"no class":             {"SCOPE-01", func(w *world) Request { return Request{Address: w.reader(), Topic: w.topic} }},
		"an address of nobody": {"ERASE-01", func(w *world) Request { return w.ad(1 << 40) }},
		"an erased address": {"ERASE-01", func(w *world) Request {
			id := w.reader()
			w.change(func(ctx context.Context, tx *store.Tx) (int64, error) {
				return tx.Exec(ctx, `UPDATE address SET erased_at = 5, canonical = '', shown = '' WHERE id = ?`, id)
			})
			return w.ad(id)
		}},
		"said nothing":            {"BASIS-01", func(w *world) Request { return w.ad(w.stranger()) }},
		"agreed to another topic": {"BASIS-01", func(w *world) Request { return Request{Address: w.reader(), Topic: w.other, Class: law.Ad} }},
		"not confirmed": {"REC-04", func(w *world) Request {
			id := w.stranger()
			w.record(w.event(id, consent.ActionRequested))
			return w.ad(id)
		}},
		"withdrew":   {"OUT-01", after(consent.ActionWithdrawn)},
		"complained": {"OUT-12", after(consent.ActionComplained)},
		"withdrew everything": {"OUT-01", func(w *world) Request {
			id := w.reader()
			e := w.event(id, consent.ActionWithdrawn)
			e.Topic = 0
			w.record(e)
			return w.ad(id)
		}},
		"refused everything, and a bill with an advertisement": {"OUT-03", func(w *world) Request {
			id := w.reader()
			e := w.event(id, consent.ActionWithdrawn)
			e.Topic = 0
			w.record(e, w.event(id, consent.ActionGranted))
			return Request{Address: id, Topic: w.topic, Class: law.TxWithIncidentalAd}
		}},
		"expired": {"REC-06", func(w *world) Request {
			id := w.stranger()
			e := w.event(id, consent.ActionGranted)
			e.ValidUntil = w.clock.read().Add(time.Hour)
			w.record(e)
			w.clock.move(time.Hour)
			return w.ad(id)
		}},
		"an old business relationship": {"BASIS-06", func(w *world) Request {
			id := w.stranger()
			e := w.event(id, consent.ActionGranted)
			e.Method, e.Basis = consent.MethodImport, consent.BasisRelationship
			w.record(e)
			w.clock.move(3 * 366 * 24 * time.Hour)
			return w.ad(id)
		}},
		"paused": {"FREQ-02", func(w *world) Request {
			id := w.reader()
			e := w.event(id, consent.ActionPaused)
			e.PausedUntil = w.clock.read().AddDate(0, 0, 7)
			w.record(e)
			return w.ad(id)
		}},
		"one a week, and had it": {"FREQ-01", func(w *world) Request {
			id := w.choosy()
			w.message(id, law.Ad, 3, "delivered", w.clock.read().Add(-time.Hour))
			return w.ad(id)
		}},
		"one a week, and perhaps had it": {"FREQ-01", func(w *world) Request {
			id := w.choosy()
			w.message(id, law.Ad, 3, "uncertain", w.clock.read().Add(-time.Hour))
			return w.ad(id)
		}},
		"one a week, and one is on its way": {"FREQ-01", func(w *world) Request {
			id := w.choosy()
			w.message(id, law.Ad, 1, "", time.Time{})
			return w.ad(id)
		}},
		"asked for consent before": {"BASIS-12", func(w *world) Request {
			id := w.reader()
			w.message(id, law.ConsentRequest, 3, "delivered", w.clock.read().AddDate(-1, 0, 0))
			return Request{Address: id, Topic: w.topic, Class: law.ConsentRequest}
		}},
		"dead":            {"DLV-02", suppressed(consent.SuppressionBounce, law.Ad)},
		"stopped by hand": {"SUP-01", suppressed(consent.SuppressionManual, law.Tx)},
		"a closed topic": {"TOPIC-01", profile(func(w *world, ctx context.Context, tx *store.Tx) (int64, error) {
			return tx.Exec(ctx, `UPDATE topic SET archived_at = 5 WHERE id = ?`, w.topic)
		})},
		"a sender without name": {"LBL-01", profile(func(w *world, ctx context.Context, tx *store.Tx) (int64, error) {
			return tx.Exec(ctx, `UPDATE sender_profile SET legal_name = '' WHERE id = ?`, w.profile)
		})},
		"a sender that is gone": {"LBL-01", profile(func(w *world, ctx context.Context, tx *store.Tx) (int64, error) {
			return tx.Exec(ctx, `UPDATE sender_profile SET archived_at = 5 WHERE id = ?`, w.profile)
		})},
		"a sender without place": {"LBL-04", profile(func(w *world, ctx context.Context, tx *store.Tx) (int64, error) {
			return tx.Exec(ctx, `UPDATE sender_profile SET postal_address = '' WHERE id = ?`, w.profile)
		})},
		"a sender who cannot be reached": {"LBL-05", profile(func(w *world, ctx context.Context, tx *store.Tx) (int64, error) {
			return tx.Exec(ctx, `UPDATE sender_profile SET email = '' WHERE id = ?`, w.profile)
		})},
		"a domain that is not proven": {"ID-01", profile(func(w *world, ctx context.Context, tx *store.Tx) (int64, error) {
			return tx.Exec(ctx, `UPDATE sending_domain SET state = 'unproven' WHERE workspace_id = ?`, w.ws)
		})},
		"a From that is no address": {"ID-01", profile(func(w *world, ctx context.Context, tx *store.Tx) (int64, error) {
			return tx.Exec(ctx, `UPDATE sender_profile SET from_address = 'nobody' WHERE id = ?`, w.profile)
		})},
		"a bill without the sender's name": {"LBL-16", func(w *world) Request {
			w.change(func(ctx context.Context, tx *store.Tx) (int64, error) {
				return tx.Exec(ctx, `UPDATE sender_profile SET legal_name = '' WHERE id = ?`, w.profile)
			})
			return Request{Address: w.reader(), Class: law.Tx}
		}},
		"a notice from a domain that is not proven": {"ID-08", func(w *world) Request {
			w.change(func(ctx context.Context, tx *store.Tx) (int64, error) {
				return tx.Exec(ctx, `UPDATE sending_domain SET state = 'unproven' WHERE workspace_id = ?`, w.ws)
			})
			return Request{Address: w.reader(), Class: law.Notice}
		}},
	}
}

// choosy is a reader who wants one mail a week.
func (w *world) choosy() int64 {
	w.Helper()
	id := w.reader()
	e := w.event(id, consent.ActionFrequencyChanged)
	e.Frequency = consent.Frequency{Count: 1, Period: consent.Week}
	w.record(e)
	return id
}

func TestEveryRuleIsReachedFromRealRows(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		// The renderer always has an exit; there is no SMS yet.
		reached := map[law.RuleID]bool{"LBL-02": true, "OUT-15": true}
		for _, f := range findings() {
			reached[f.rule] = true
		}
		for name, c := range noes() {
			t.Run(name, func(t *testing.T) {
				w := newWorld(t, db) // a workspace of its own in the same database
				q := c.tell(w)
				d := w.ask(q)
				if d.Refusal == nil || d.Refusal.Rule != c.rule {
					t.Fatalf("want %s, got %+v", c.rule, d.Refusal)
				}
				if d.Refusal.Stage != Planned || d.Refusal.Rules != w.rules.Version() {
					t.Errorf("the refusal says too little: %+v", d.Refusal)
				}
				if no := w.gate.BeforeMail(d.Permit, w.clock.read()); no == nil {
					t.Error("the zero permit permits")
				}
			})
			reached[c.rule] = true
		}
		rules, err := law.Load()
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rules.Rules() {
			if !reached[r.ID] && r.When != nil && slices.Contains(r.At, law.AtSend) {
				t.Errorf("no story reaches %s", r.ID)
			}
		}
	})
}

func TestYesNamesWhatItRestsOn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		id := w.stranger()
		granted := w.event(id, consent.ActionGranted)
		w.record(granted)
		p := w.permit(id)
		if p.Event() != granted.ID || p.Address() != id || p.Rules() != w.rules.Version() || !p.At().Equal(w.clock.read()) {
			t.Errorf("permit: event %d, address %d, rules %q, at %v", p.Event(), p.Address(), p.Rules(), p.At())
		}
		no := w.event(id, consent.ActionWithdrawn)
		w.record(no)
		if d := w.ask(w.ad(id)); d.Refusal == nil || d.Refusal.Event != no.ID {
			t.Errorf("the refusal names event %+v, not %d", d.Refusal, no.ID)
		}
		// A bill still goes: it needs no permission and is not refusable.
		if d := w.ask(Request{Address: id, Class: law.Tx}); d.Refusal != nil {
			t.Errorf("a bill was refused: %v", d.Refusal)
		}
		// Only the person's own act opens the way again.
		back := w.event(id, consent.ActionGranted)
		back.Method = consent.MethodImport
		w.record(back)
		if d := w.ask(w.ad(id)); d.Refusal == nil {
			t.Error("an import undid a refusal")
		}
		w.record(w.event(id, consent.ActionGranted))
		w.permit(id)
	})
}

func TestAnswersStandInTheOrderOfTheQuestions(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		yes, not := w.reader(), w.stranger()
		a := Audience{Workspace: w.ws, Profile: w.profile, Stage: Leased}
		d, err := w.gate.Admit(t.Context(), db, a, []Request{w.ad(not), w.ad(yes), w.ad(not), w.ad(yes)}, w.clock.read())
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []int64{0, yes, 0, yes} {
			if d[i].Permit.Address() != want || (d[i].Refusal == nil) != (want != 0) {
				t.Errorf("answer %d is %+v", i, d[i])
			}
		}
		if rule, err := w.gate.Sender(t.Context(), db, a, law.Ad); err != nil || rule != "" {
			t.Errorf("the sender breaks %q, %v", rule, err)
		}
	})
}

// Two campaigns plan for one person at the same moment: one of them is told.
func TestOfTwoCampaignsOneGetsTheOnlyPlace(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		for range 10 {
			id := w.choosy()
			results := make(chan bool, 2)
			for range 2 {
				go func() {
					var yes bool
					err := db.Write(context.Background(), func(tx *store.Tx) error {
						ctx := context.Background()
						d, err := w.gate.Admit(ctx, tx, Audience{Workspace: w.ws, Profile: w.profile, Stage: Planned}, []Request{w.ad(id)}, w.clock.read())
						if err != nil || d[0].Refusal != nil {
							yes = false
							return err
						}
						yes = true
						row, err := tx.NewID(ctx)
						if err != nil {
							return err
						}
						_, err = tx.Exec(ctx, `INSERT INTO outbox (id, workspace_id, kind, address_id, topic_id, class, profile_id, run_at, created_at)
							VALUES (?, ?, 'campaign', ?, ?, 'ad', ?, 1, 1)`, row, w.ws, id, w.topic, w.profile)
						return err
					})
					if err != nil {
						t.Error(err)
					}
					results <- yes
				}()
			}
			if a, b := <-results, <-results; a == b {
				t.Fatalf("both were told %v", a)
			}
		}
	})
}
