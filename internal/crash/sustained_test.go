package crash

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// pressing is somebody who presses one-click links while the program comes and goes.
type pressing struct {
	mu sync.Mutex
	// answered are the refusals that were answered with when, asked all that were sent.
	answered map[string]time.Time
	asked    map[string]bool
}

// press presses one link after the other until it is told to stop. What is cut off by
// a kill was asked, but not answered.
func (p *pressing) press(url string, r *receiver, readers <-chan string, stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case to, more := <-readers:
			if !more {
				return
			}
			p.mu.Lock()
			p.asked[to] = true
			p.mu.Unlock()
			res, err := http.Post(url+r.of(to, "first")[0].exit, "application/x-www-form-urlencoded", strings.NewReader("List-Unsubscribe=One-Click"))
			if err != nil {
				continue
			}
			at := time.Now()
			_ = res.Body.Close() // only the status matters
			if res.StatusCode == http.StatusOK {
				p.mu.Lock()
				p.answered[to] = at
				p.mu.Unlock()
			}
		}
	}
}

// TestKilledAgainAndAgainUnderLoad is the run that a release must pass with
// KYODAKU_CRASH_SECONDS=600 KYODAKU_CRASH_EVERY=20: campaign after campaign, refusals
// all the while, and a kill -9 every so many seconds.
func TestKilledAgainAndAgainUnderLoad(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, database string) {
		lasts := time.Duration(size(t, "KYODAKU_CRASH_SECONDS", 6)) * time.Second
		every := time.Duration(size(t, "KYODAKU_CRASH_EVERY", 2)) * time.Second
		readers := size(t, "KYODAKU_CRASH_RECIPIENTS", 600)
		in := install(t, database, readers)
		r := receive(t)
		db := storetest.Open(t, database)
		campaigns := map[string]int64{"first": in.send("first")}
		p := serve(t, in, r.Addr())
		until(t, patience, "the first campaign is done", func() bool { return state(t, db, campaigns["first"]) == "done" })
		p.stop()

		refusals := pressing{answered: map[string]time.Time{}, asked: map[string]bool{}}
		todo := make(chan string, readers)
		for _, to := range in.readers[readers/2:] {
			todo <- to
		}
		close(todo)
		kills := 0
		for began := time.Now(); time.Since(began) < lasts; kills++ {
			subject := fmt.Sprintf("load %d", kills)
			campaigns[subject] = in.send(subject)
			p := serve(t, in, r.Addr())
			stop := make(chan struct{})
			var people sync.WaitGroup
			people.Go(func() { refusals.press(p.url, r, todo, stop) })
			<-time.After(every) // the load goes on all the while; there is nothing to wait for
			p.kill()
			close(stop)
			people.Wait()
		}
		p = serve(t, in, r.Addr())
		for subject, id := range campaigns {
			until(t, patience+lasts, "campaign "+subject+" is done", func() bool { return state(t, db, id) == "done" })
		}
		p.stop()
		total := tally{}
		for subject, id := range campaigns {
			total.judge(t, in, r, &refusals, subject, outcomes(t, db, id))
		}
		t.Logf("%d kills, %d refusals answered: %+v", kills, len(refusals.answered), total)
		if limit := 2 * sessions * kills; total.Uncertain > limit {
			t.Errorf("%d are uncertain: more than were under way", total.Uncertain)
		}
	})
}

// tally counts what became of all mails.
type tally struct{ Delivered, Withheld, Uncertain, Lost, Twice, AfterNo int }

// judge holds the program's book about one campaign against the witness.
func (n *tally) judge(t *testing.T, in *installation, r *receiver, refusals *pressing, subject string, book map[string]string) {
	t.Helper()
	for _, to := range in.readers {
		outcome, mails := book[to], r.of(to, subject)
		if len(mails) > 1 {
			n.Twice++
			t.Errorf("%s: a reader got %d", subject, len(mails))
		}
		for _, m := range mails {
			if no, answered := refusals.answered[to]; answered && m.at.After(no) {
				n.AfterNo++
				t.Errorf("%s: a mail was handed off %v after the answered refusal", subject, m.at.Sub(no))
			}
		}
		switch {
		case outcome == "delivered" && len(mails) > 0:
			n.Delivered++
		case outcome == "uncertain":
			n.Uncertain++
		case (outcome == "withheld" || outcome == "") && refusals.asked[to] && len(mails) == 0:
			n.Withheld++
		default:
			n.Lost++
			t.Errorf("%s: a reader is %q and got %d", subject, outcome, len(mails))
		}
	}
}
