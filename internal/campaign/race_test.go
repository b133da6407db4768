package campaign

import (
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestAReviewersWordDuringTheCheckCounts: a subject that is called misleading while somebody's
// check before sending is still at work does not go out.
func TestAReviewersWordDuringTheCheckCounts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.readers(2)
		read := w.draft()
		if err := w.Flag(t.Context(), w.owner, read, true, w.now); err != nil {
			t.Fatal(err)
		}
		if err := w.Send(t.Context(), w.owner, read, Launch{}, w.now); !fault.Is(err, fault.Stale) {
			t.Errorf("%v", err)
		}
		now := w.is(read, Draft)
		if err := w.Flag(t.Context(), w.owner, now, false, w.now); err != nil {
			t.Fatal(err)
		}
		w.do("send", w.is(read, Draft))
		w.is(read, Holding)
	})
}

// TestWhatIsPlannedAnewWaitsForItsNewTime: a planner that is just beginning a campaign, which is
// taken back and planned for later, lets it wait.
func TestWhatIsPlannedAnewWaitsForItsNewTime(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.readers(2)
		c := w.draft()
		w.do("send", c)
		read := w.is(c, Holding)
		w.wait(time.Minute)
		w.do("recall", read)
		w.wait(time.Second)
		w.do("schedule", w.is(c, Draft))
		if _, err := w.begin(t.Context(), read, w.now); err != nil {
			t.Fatal(err)
		}
		w.is(c, Scheduled)
	})
}
