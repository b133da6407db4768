package consent

import (
	"testing"

	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

func TestVerifyAllAcceptsAGoodLogAndRefusesAnotherHead(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.expect()
		w.fill(300)
		w.sequence()
		w.fill(2)
		v, err := w.log.VerifyAll(t.Context(), w.ws)
		if err != nil || v.Found != 0 || v.Leaves != 300 || v.Pending != 2 || v.Checkpoints != 1 {
			t.Fatalf("a good log: %+v, %v", v, err)
		}
		w.write(func(tx *store.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE consent_checkpoint SET root = (SELECT commitment FROM consent_event LIMIT 1)`)
			return err
		})
		w.expect(Finding{DamageCheckpoint, -1, 0})
	})
}

// TestVerifyAllNamesEachEvent has somebody with full power over the database
// alter it behind the triggers' back.
func TestVerifyAllNamesEachEvent(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.fill(300)
		w.sequence()
		id := func(seq int) int64 {
			return w.count(func() *store.Row {
				return db.QueryRow(t.Context(), `SELECT event_id FROM consent_leaf WHERE seq = ?`, seq)
			})
		}
		first, second, third, fourth := id(5), id(6), id(7), id(8)
		w.untrigger()
		w.write(func(tx *store.Tx) error {
			for _, try := range []func() (int64, error){
				func() (int64, error) {
					return tx.Exec(t.Context(), `UPDATE consent_event SET topic_id = 9 WHERE id = ?`, first)
				},
				func() (int64, error) {
					return tx.Exec(t.Context(), `UPDATE consent_evidence SET record = '{"note":"x"}' WHERE event_id = ?`, second)
				},
				func() (int64, error) {
					return tx.Exec(t.Context(), `DELETE FROM consent_leaf WHERE event_id = ?`, third)
				},
				func() (int64, error) {
					return tx.Exec(t.Context(), `UPDATE consent_event SET commitment = (SELECT commitment FROM consent_event WHERE id = ?) WHERE id = ?`, first, fourth)
				},
			} {
				if _, err := try(); err != nil {
					return err
				}
			}
			return nil
		})
		w.expect(Finding{DamageEvent, 5, first}, Finding{DamageEvent, 6, second}, Finding{DamageMissing, 7, 0},
			Finding{DamageLeaf, 8, fourth}, Finding{DamageEvent, 8, fourth}, Finding{DamageUnlogged, -1, 0})
	})
}

// untrigger takes the append-only triggers away, as an intruder would.
func (w *world) untrigger() {
	w.Helper()
	w.write(func(tx *store.Tx) error {
		if tx.Engine() == store.PostgreSQL {
			for _, try := range []func() (int64, error){
				func() (int64, error) { return tx.Exec(w.Context(), `ALTER TABLE consent_event DISABLE TRIGGER ALL`) },
				func() (int64, error) { return tx.Exec(w.Context(), `ALTER TABLE consent_evidence DISABLE TRIGGER ALL`) },
				func() (int64, error) { return tx.Exec(w.Context(), `ALTER TABLE consent_leaf DISABLE TRIGGER ALL`) },
			} {
				if _, err := try(); err != nil {
					return err
				}
			}
			return nil
		}
		for _, try := range []func() (int64, error){
			func() (int64, error) { return tx.Exec(w.Context(), `DROP TRIGGER consent_event_no_update`) },
			func() (int64, error) { return tx.Exec(w.Context(), `DROP TRIGGER consent_evidence_no_update`) },
			func() (int64, error) { return tx.Exec(w.Context(), `DROP TRIGGER consent_leaf_no_delete`) },
		} {
			if _, err := try(); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *world) expect(want ...Finding) {
	w.Helper()
	v, err := w.log.VerifyAll(w.Context(), w.ws)
	if err != nil {
		w.Fatal(err)
	}
	if int(v.Found) != len(want) {
		w.Errorf("found %+v", v.Findings)
		return
	}
	for i := range want {
		if v.Findings[i] != want[i] {
			w.Errorf("found %+v, want %+v", v.Findings[i], want[i])
		}
	}
}
