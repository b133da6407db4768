package crash

import (
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// patience is what one campaign may take, in which PostgreSQL needs a while to be
// sure that a killed node is gone.
const patience = 3 * time.Minute

func onEach(t *testing.T, test func(t *testing.T, database string)) {
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); test(t, storetest.SQLiteURL(t)) })
	t.Run("postgresql", func(t *testing.T) { t.Parallel(); test(t, storetest.PostgreSQLURL(t)) })
}

func TestKilledInMidCampaignNothingIsLostOrSentTwice(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, database string) {
		readers, rounds := size(t, "KYODAKU_CRASH_RECIPIENTS", 600), size(t, "KYODAKU_CRASH_ROUNDS", 3)
		in := install(t, database, readers)
		r := receive(t)
		id := in.send("killed")
		db := storetest.Open(t, database)
		for round := range rounds {
			p := serve(t, in, r.Addr())
			// Somewhere in the next part of the campaign, and then a moment more.
			goal := (round*readers + rand.IntN(readers)) / (rounds + 1)
			until(t, patience, "a moment to kill", func() bool {
				return r.count() >= goal || state(t, db, id) == "done"
			})
			time.Sleep(time.Duration(rand.IntN(20_000)) * time.Microsecond)
			p.kill()
		}
		p := serve(t, in, r.Addr())
		until(t, patience, "the campaign is done", func() bool { return state(t, db, id) == "done" })
		p.stop()
		judge(t, in, r, outcomes(t, db, id))
	})
}

// judge holds the program's book against the witness.
func judge(t *testing.T, in *installation, r *receiver, book map[string]string) {
	t.Helper()
	if len(book) != len(in.readers) {
		t.Errorf("%d of %d readers have a row", len(book), len(in.readers))
	}
	count := map[string]int{}
	for _, to := range in.readers {
		outcome, arrived := book[to], len(r.of(to, "killed"))
		count[outcome]++
		switch {
		case outcome == "delivered" && arrived == 1, outcome == "uncertain" && arrived <= 1:
		default:
			t.Errorf("%s is %q and got %d", to, outcome, arrived)
		}
	}
	t.Logf("%v", count)
	// At each kill a session has at most one mail past its dot, and the outcome of
	// the one before may be in the journal's open group.
	if limit := 2 * sessions * size(t, "KYODAKU_CRASH_ROUNDS", 3); count["uncertain"] > limit {
		t.Errorf("%d are uncertain: more than were under way", count["uncertain"])
	}
}

func TestNoHandOffAfterAnAnsweredRefusal(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, database string) {
		readers := size(t, "KYODAKU_CRASH_RECIPIENTS", 600)
		in := install(t, database, readers)
		r := receive(t)
		db := storetest.Open(t, database)
		first := in.send("first")
		p := serve(t, in, r.Addr())
		until(t, patience, "the first campaign is done", func() bool { return state(t, db, first) == "done" })
		p.stop()
		if n := r.count(); n != readers {
			t.Fatalf("%d of %d mails of the first campaign arrived: %v", n, readers, outcomes(t, db, first))
		}

		second := in.send("second")
		p = serve(t, in, r.Addr())
		until(t, patience, "the second campaign is on its way", func() bool { return r.count() > readers })
		answered := refuseMany(t, p, r, in.readers[:min(readers, 1000)])
		until(t, patience, "the second campaign is done", func() bool { return state(t, db, second) == "done" })
		p.stop()

		book, spared := outcomes(t, db, second), 0
		for to, at := range answered {
			mails := r.of(to, "second")
			if len(mails) == 0 {
				spared++
			}
			for _, m := range mails {
				if m.at.After(at) {
					t.Errorf("a mail was handed off %v after the answered refusal", m.at.Sub(at))
				}
			}
			if outcome := book[to]; (outcome == "withheld") != (len(mails) == 0) {
				t.Errorf("a reader is %q and got %d", outcome, len(mails))
			}
		}
		t.Logf("%d refused, %d of them in time", len(answered), spared)
		if spared == 0 {
			t.Error("no refusal came in time: nothing was tried")
		}
	})
}

// refuseMany presses the one-click links of the first campaign, a few at a time,
// the last readers first: they are mailed last. It returns when each was answered.
func refuseMany(t *testing.T, p *process, r *receiver, readers []string) map[string]time.Time {
	t.Helper()
	answered := make(map[string]time.Time, len(readers))
	todo := make(chan string, len(readers))
	for i := range readers {
		todo <- readers[len(readers)-1-i]
	}
	close(todo)
	var mu sync.Mutex
	var pressing sync.WaitGroup
	for range 8 {
		pressing.Go(func() {
			for to := range todo {
				link := p.url + r.of(to, "first")[0].exit
				res, err := http.Post(link, "application/x-www-form-urlencoded", strings.NewReader("List-Unsubscribe=One-Click"))
				if err != nil {
					t.Error(err)
					return
				}
				at := time.Now()
				_ = res.Body.Close() // only the status matters
				if res.StatusCode != http.StatusOK {
					t.Errorf("the refusal was answered %s", res.Status)
					return
				}
				mu.Lock()
				answered[to] = at
				mu.Unlock()
			}
		})
	}
	pressing.Wait()
	return answered
}
