package duty

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

func TestAnErasureTakesEverythingWhereNoClockRuns(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		plan, err := w.PlanErasure(t.Context(), db, w.person, w.now)
		if err != nil || plan.No != nil || len(plan.Kept) != 0 {
			t.Fatalf("plan %+v, %v", plan, err)
		}
		if err := w.erase(w.now); err != nil {
			t.Fatal(err)
		}
		if w.evidence() != 0 {
			t.Error("evidence stays that no clock asks for")
		}
	})
}

// TestEvidenceOutlivesThePersonUntilItsClockEnds follows 特定商取引法施行規則30条2項: three years,
// which are our policy where nothing is sold by mail order.
func TestEvidenceOutlivesThePersonUntilItsClockEnds(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		last := w.now.AddDate(0, -1, 0)
		w.sent(last)
		plan, err := w.PlanErasure(t.Context(), db, w.person, w.now)
		end := last.AddDate(3, 0, 0)
		if err != nil || len(plan.Kept) != 1 || plan.Kept[0].Rule != "RET-09" || !plan.Kept[0].Until.Equal(end) {
			t.Fatalf("plan %+v, %v; want RET-09 until %s", plan, err, end)
		}
		w.write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE workspace SET mail_order = ? WHERE id = ?`, true, w.ws)
			return err
		})
		if plan, err := w.PlanErasure(t.Context(), db, w.person, w.now); err != nil || len(plan.Kept) != 1 || plan.Kept[0].Rule != "RET-02" || !plan.Kept[0].Until.Equal(end) {
			t.Fatalf("plan %+v, %v; want RET-02 until %s", plan, err, end)
		}
		if err := w.erase(w.now); err != nil {
			t.Fatal(err)
		}
		gone, err := w.Contacts.Get(t.Context(), db, w.ws, w.person.ID)
		if err != nil || gone.FamilyName != "" || gone.ErasedAt.IsZero() {
			t.Errorf("the profile stays: %+v, %v", gone, err)
		}
		sums, err := w.KeptEvidence(t.Context(), db, w.ws)
		if err != nil || len(sums) != 1 || sums[0].Addresses != 1 || !sums[0].Last.Equal(end) {
			t.Errorf("kept %+v, %v", sums, err)
		}
		sweep := func(at time.Time, want int64) {
			t.Helper()
			if err := w.Sweep(t.Context(), at); err != nil {
				t.Fatal(err)
			}
			if got := w.evidence(); got != want {
				t.Errorf("%s: %d events with evidence, want %d", at.Format(time.DateOnly), got, want)
			}
		}
		sweep(end.Add(-time.Microsecond), 1)
		if _, err := w.PlaceHold(t.Context(), officer, Hold{Workspace: w.ws, Reason: "訴訟"}, w.now); err != nil {
			t.Fatal(err)
		}
		sweep(end, 1) // a hold that came later
		holds, err := w.Holds(t.Context(), db, w.ws)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.LiftHold(t.Context(), officer, w.ws, holds[0].ID, "和解", w.now); err != nil {
			t.Fatal(err)
		}
		sweep(end.AddDate(0, 0, 2), 0)
	})
}

// TestWhereTheServersStandKeepsEvidence: 特定電子メール法2条2号 holds for what is sent from
// equipment in Japan, and so do its periods, wherever sender and recipient are.
func TestWhereTheServersStandKeepsEvidence(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		country, equipment string
		want               law.RuleID
	}{
		"all abroad":                {"US", "US", ""},
		"servers in Japan":          {"US", "JP", "RET-09"},
		"the sender in Japan alone": {"JP", "US", "RET-09"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				w := newWorld(t, db)
				w.sent(w.now.AddDate(0, 0, -3))
				w.write(func(ctx context.Context, tx *store.Tx) error {
					if _, err := tx.Exec(ctx, `UPDATE workspace SET country = ?, equipment = ? WHERE id = ?`, c.country, c.equipment, w.ws); err != nil {
						return err
					}
					if _, err := tx.Exec(ctx, `UPDATE address SET domain = 'example.us' WHERE id = ?`, w.address.ID); err != nil {
						return err
					}
					_, err := tx.Exec(ctx, `UPDATE contact SET country = 'US' WHERE id = ?`, w.person.ID)
					return err
				})
				plan, err := w.PlanErasure(t.Context(), db, w.person, w.now)
				switch {
				case err != nil:
					t.Fatal(err)
				case c.want == "" && len(plan.Kept) != 0, c.want != "" && (len(plan.Kept) != 1 || plan.Kept[0].Rule != c.want):
					t.Errorf("kept %+v, want %q", plan.Kept, c.want)
				}
			})
		})
	}
}

// TestAnEarlierErasureIsStillKeptUnderItsLaw: whoever came back from abroad and is erased
// again takes nothing along that Japan's periods still keep.
func TestAnEarlierErasureIsStillKeptUnderItsLaw(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.sent(w.now.AddDate(0, 0, -3))
		if err := w.erase(w.now); err != nil {
			t.Fatal(err)
		}
		w.write(func(ctx context.Context, tx *store.Tx) error {
			if err := w.joins(ctx, tx, w.now.AddDate(0, 1, 0)); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `UPDATE workspace SET country = 'US', equipment = 'US' WHERE id = ?`, w.ws)
			return err
		})
		w.write(func(ctx context.Context, tx *store.Tx) error {
			if _, err := tx.Exec(ctx, `UPDATE address SET domain = 'example.us' WHERE id = ?`, w.address.ID); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `UPDATE contact SET country = 'US' WHERE id = ?`, w.person.ID)
			return err
		})
		if err := w.erase(w.now.AddDate(0, 2, 0)); err != nil {
			t.Fatal(err)
		}
		if got := w.evidence(); got != 2 {
			t.Errorf("%d events with evidence, want both", got)
		}
	})
}

// TestWhoComesBackKeepsTheirEvidence: the row of an erased address is revived under its
// number, and the clock of the former evidence ends while the person has agreed anew.
func TestWhoComesBackKeepsTheirEvidence(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		last := w.now.AddDate(0, -1, 0)
		w.sent(last)
		if err := w.erase(w.now); err != nil {
			t.Fatal(err)
		}
		end := last.AddDate(3, 0, 0)
		w.write(func(ctx context.Context, tx *store.Tx) error { return w.joins(ctx, tx, end.AddDate(0, 0, -10)) })
		if got := w.evidence(); got != 2 {
			t.Fatalf("%d events with evidence, want the old one and the new one", got)
		}
		if err := w.Sweep(t.Context(), end); err != nil {
			t.Fatal(err)
		}
		if got := w.evidence(); got != 1 {
			t.Errorf("%d events with evidence, want the new one alone", got)
		}
		var fresh int64
		if err := db.QueryRow(t.Context(), `SELECT COUNT(*) FROM consent_state s JOIN consent_evidence v ON v.event_id = s.event_id
			WHERE s.address_id = ? AND s.topic_id = ? AND s.state = 'given'`, w.address.ID, w.topic).Scan(&fresh); err != nil || fresh != 1 {
			t.Errorf("the standing permission has no evidence: %d, %v", fresh, err)
		}
		if sums, err := w.KeptEvidence(t.Context(), db, w.ws); err != nil || len(sums) != 0 {
			t.Errorf("still kept: %+v, %v", sums, err)
		}
	})
}

func TestAHoldForbidsErasing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		id, err := w.PlaceHold(t.Context(), officer, Hold{Workspace: w.ws, Contact: w.person.ID, Reason: "照会中"}, w.now)
		if err != nil {
			t.Fatal(err)
		}
		if plan, err := w.PlanErasure(t.Context(), db, w.person, w.now); err != nil || plan.No == nil || plan.No.ID != "RET-08" {
			t.Errorf("plan %+v, %v", plan, err)
		}
		if err := w.erase(w.now); !fault.Is(err, fault.Refused) {
			t.Fatalf("erased under a hold: %v", err)
		}
		if w.evidence() != 1 {
			t.Error("a refused erasure destroyed evidence")
		}
		if err := w.LiftHold(t.Context(), officer, w.ws, id, "", w.now); !fault.Is(err, fault.Invalid) {
			t.Errorf("lifted without a reason: %v", err)
		}
		if err := w.LiftHold(t.Context(), officer, w.ws, id, "照会終了", w.now); err != nil {
			t.Fatal(err)
		}
		if err := w.erase(w.now); err != nil {
			t.Errorf("after the hold: %v", err)
		}
	})
}

// TestAnErasureLeavesTheHashOrDoesNotHappen: without the keyed hash on the list an import
// would mail the person again (RET-06).
func TestAnErasureLeavesTheHashOrDoesNotHappen(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		addresses, err := w.Contacts.AddressesOf(t.Context(), db, w.ws, w.person.ID)
		if err != nil || len(addresses) == 0 {
			t.Fatal(err, len(addresses))
		}
		proven := func() bool {
			kept, err := proveHashes(t.Context(), db, w.ws, addresses)
			if err != nil {
				t.Fatal(err)
			}
			return kept
		}
		if proven() {
			t.Error("the hash is proven before anything was said")
		}
		err = w.refuseErasing(t.Context(), db, w.person, false, w.now)
		if e, ok := errors.AsType[*fault.Error](err); !ok || e.Kind != fault.Refused || e.Args[1] != "RET-06" {
			t.Errorf("without the hash: %v", err)
		}
		if err := w.erase(w.now); err != nil {
			t.Fatal(err)
		}
		if !proven() {
			t.Error("an erasure left no hash")
		}
	})
}

// TestAnOrderKeepsWhatWasSentNear follows 施行規則4条2項2号.
func TestAnOrderKeepsWhatWasSentNear(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.sent(w.now.AddDate(0, 0, -20))
		order := Order{Workspace: w.ws, Authority: "消費者庁", ReceivedAt: w.now.AddDate(0, 0, -1)}
		if _, err := w.EnterOrder(t.Context(), officer, order, w.now); err != nil {
			t.Fatal(err)
		}
		k, err := w.kept(t.Context(), db, w.address, w.now)
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, c := range w.forbidding(k, w.now) {
			found = found || c.Rule == "RET-03" && c.Until.Equal(w.now.AddDate(0, 0, -20).AddDate(1, 0, 0))
		}
		if !found {
			t.Errorf("no clock of the order: %v", k.Clocks())
		}
		order.ReceivedAt = w.now.AddDate(0, 0, 1)
		if _, err := w.EnterOrder(t.Context(), officer, order, w.now); !fault.Is(err, fault.Invalid) {
			t.Errorf("an order of tomorrow: %v", err)
		}
	})
}

// TestRefusalsAreTimed measures from receipt to the commit, and to a hand-off after it.
func TestRefusalsAreTimed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		now := time.Now()
		if s, err := w.Speed(t.Context(), db, w.ws, now); err != nil || s.Refusals != 0 {
			t.Fatalf("%+v, %v", s, err)
		}
		w.refuse(now.Add(-10 * time.Minute))
		effects := w.NewEffects(now.Add(-time.Hour))
		effects.Take(w.committed(now.Add(-10*time.Minute)), now)
		over, cancel := context.WithCancel(t.Context())
		cancel()
		if err := effects.Run(over); err != nil {
			t.Fatal(err)
		}
		s, err := w.Speed(t.Context(), db, w.ws, now.Add(time.Minute))
		if err != nil || s.Refusals != 1 || s.Slowest < 9*time.Minute || s.Slowest > 15*time.Minute {
			t.Errorf("%+v, %v; want ten minutes", s, err)
		}
		if found := w.SpeedFindings(s, now); len(found) != 1 || found[0].Rule.ID != "OUT-09" {
			t.Errorf("findings %v", found)
		}
		if err := w.Count(t.Context(), now.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if f, err := w.Figures(t.Context(), db, w.ws); err != nil || f.RefusalSeconds < 540 {
			t.Errorf("%+v, %v", f, err)
		}
	})
}

// refuse has the person refuse the topic by a page, at a time.
func (w *world) refuse(at time.Time) {
	w.Helper()
	w.write(func(ctx context.Context, tx *store.Tx) error { return w.withdrawn(ctx, tx, at) })
}

// committed is the newest event as the gate is told of it.
func (w *world) committed(said time.Time) []consent.Refused {
	w.Helper()
	r := consent.Refused{Workspace: w.ws, At: said}
	if err := w.DB.QueryRow(w.Context(), `SELECT MAX(id) FROM consent_event WHERE workspace_id = ?`, w.ws).Scan(&r.Event); err != nil {
		w.Fatal(err)
	}
	return []consent.Refused{r}
}
