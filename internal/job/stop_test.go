package job

import (
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// watched is how long somebody is watched who must wait.
const watched = 300 * time.Millisecond

// TestAStopMeetsAJobThatIsGivenBack: a job whose node gives it back at the moment at which it is to
// stop does not begin anew.
func TestAStopMeetsAJobThatIsGivenBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := runner(db, "a", time.Now)
		id := enqueue(t, db, r, New{Workspace: 1, Kind: "count", Payload: 1})
		set := func(tx *store.Tx, state string) error {
			_, err := tx.Exec(t.Context(), `UPDATE job SET state = ? WHERE id = ?`, state, id)
			return err
		}
		if err := db.Write(t.Context(), func(tx *store.Tx) error { return set(tx, string(Running)) }); err != nil {
			t.Fatal(err)
		}
		stopped := make(chan error, 1)
		if err := db.Write(t.Context(), func(tx *store.Tx) error {
			if err := set(tx, string(Queued)); err != nil {
				return err
			}
			go func() { stopped <- r.RequestStop(t.Context(), 1, id) }()
			select {
			case err := <-stopped:
				t.Fatalf("a stop went by a job that was being given back: %v", err)
			case <-time.After(watched):
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if err := <-stopped; err != nil {
			t.Fatal(err)
		}
		if j, err := Get(t.Context(), db, 1, id); err != nil || j.State != Stopped || j.FinishedAt.IsZero() {
			t.Errorf("%+v, %v", j, err)
		}
	})
}
