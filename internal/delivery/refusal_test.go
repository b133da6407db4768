package delivery

import (
	"context"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/delivery/catcher"
	"github.com/kyodaku/kyodaku/internal/delivery/smtptest"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

func TestARefusalBetweenLeaseAndMailIsHeeded(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		b := w.inbox(anyPort)
		readers := w.readers(10)
		var once sync.Once
		e := w.run(w.engine(b.Addr(), alone, func(c *Config) {
			c.Signer = slowSigner{func([]byte) error {
				// The first letter is being signed: all ten are leased and permitted.
				once.Do(func() {
					for _, id := range readers[:5] {
						w.refuse(w.gate, id)
					}
				})
				return nil
			}}
		}))
		w.plan(e.Outbox(), bulk, 7, readers...)
		w.ends(map[string]int{"3 delivered": 5, "3 withheld OUT-02": 5})
		w.once(readers[5:], b)
		if b.count() != 5 {
			t.Errorf("%d mails arrived", b.count())
		}
		if r := w.row(readers[0]); r.stage != "mail" || r.stages != 0 || r.event == 0 {
			t.Errorf("a withheld row says %+v", r)
		}
	})
}

// The server has said 354 when the person says no.
func TestARefusalBeforeTheDotIsHeeded(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		readers := w.readers(1)
		srv := smtptest.Start(t, smtptest.Script(smtptest.Greet("PIPELINING"), []smtptest.Step{
			smtptest.Expect("MAIL", "RCPT", "DATA"), smtptest.Say("250 ok", "250 ok"),
			smtptest.Do(func() { w.refuse(w.gate, readers[0]) }), smtptest.Say("354 go"),
		}))
		e := w.run(w.engine(srv.Addr(), alone))
		w.plan(e.Outbox(), bulk, 7, readers...)
		w.ends(map[string]int{"3 withheld OUT-02": 1})
		if seen := srv.Seen(0); strings.Contains(seen, "Message-ID") {
			t.Errorf("the server saw %q", seen)
		}
		if r := w.row(readers[0]); r.stage != "dot" {
			t.Errorf("the row says %+v", r)
		}
	})
}

// The message is being written, slowly, when the person says no: the fence has the
// connection dropped, and the server never sees the dot.
func TestARefusalWhileWritingCutsTheConnection(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.body = 16 << 20
		readers := w.readers(1)
		fenced := make(chan struct{})
		srv := smtptest.Start(t, smtptest.Script(smtptest.Greet("PIPELINING"), smtptest.Envelope(), []smtptest.Step{
			smtptest.ReadSome(100),
			smtptest.Do(func() { w.refuse(w.gate, readers[0]); close(fenced) }),
			smtptest.Idle(),
		}))
		e := w.run(w.engine(srv.Addr(), alone))
		w.plan(e.Outbox(), bulk, 7, readers...)
		<-fenced
		if seen := srv.Seen(0); strings.HasSuffix(seen, "\r\n.\r\n") || !strings.Contains(seen, "Message-ID") {
			t.Error("the server saw the dot")
		}
		w.ends(map[string]int{"3 withheld OUT-01": 1})
	})
}

// The server has the dot and is slow to answer: the mail was handed over before
// the answer to the person, and its outcome is known.
func TestARefusalDoesNotMakeASentMailUncertain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	readers := w.readers(1)
	answered := make(chan struct{})
	srv := smtptest.Start(t, smtptest.Script(smtptest.Greet("PIPELINING"), smtptest.Envelope(), []smtptest.Step{
		smtptest.Message(),
		smtptest.Do(func() { w.refuse(w.gate, readers[0]); close(answered) }),
		smtptest.Say("250 taken"), smtptest.Idle(),
	}))
	e := w.run(w.engine(srv.Addr(), alone))
	w.plan(e.Outbox(), bulk, 7, readers...)
	<-answered
	w.ends(map[string]int{"3 delivered": 1})
	stop(e)
}

// The promise itself: people say no at random moments of a run at full speed, and
// the receiving side's own log shows no mail to anybody after the answer.
func TestNothingArrivesAfterANoWasAnswered(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		b := w.inbox(anyPort)
		e := w.run(w.engine(b.Addr()))
		readers := w.readers(800)
		answered := make(map[int64]time.Time)
		var mu sync.Mutex
		var refusing sync.WaitGroup
		w.plan(e.Outbox(), bulk, 7, readers...)
		for part := range 4 {
			refusing.Go(func() {
				rnd := rand.New(rand.NewPCG(uint64(part), 1))
				for range 40 {
					id := readers[rnd.IntN(len(readers))]
					w.refuse(w.gate, id)
					mu.Lock()
					if answered[id].IsZero() {
						answered[id] = time.Now()
					}
					mu.Unlock()
				}
			})
		}
		refusing.Wait()
		w.until("all have an outcome", func() bool {
			o := w.outcomes()
			return o["3 delivered"]+o["3 withheld OUT-01"]+o["3 withheld OUT-02"] == len(readers)
		})
		late, spared := 0, 0
		for id, at := range answered {
			switch mails := b.of(id); {
			case len(mails) == 0:
				spared++
			case mails[0].ReceivedAt.After(at):
				late++
			}
		}
		if late > 0 || spared == 0 {
			t.Errorf("%d mails after the answer, %d of %d spared", late, spared, len(answered))
		}
	})
}

// Two nodes on one database: the no is said at one, the mails leave at both.
func TestNothingLeavesAnywhereAfterANoWasAnswered(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.PostgreSQL(t))
	here, there := w.inbox(anyPort), w.inbox(anyPort)
	_, far := w.opened()
	e := w.engine(here.Addr())
	f := w.engine(there.Addr(), func(c *Config) { c.Gate = far })
	readers := w.readers(800)
	w.plan(e.Outbox(), bulk, 7, readers...)
	w.run(e)
	w.run(f)
	answered := make(map[int64]time.Time)
	for i := range 25 {
		id := readers[len(readers)-1-i*7]
		w.refuse(w.gate, id)
		answered[id] = time.Now()
	}
	w.until("all have an outcome", func() bool {
		o := w.outcomes()
		return o["3 delivered"]+o["3 withheld OUT-01"]+o["3 withheld OUT-02"] == len(readers)
	})
	for id, at := range answered {
		for _, m := range append(append([]catcher.Mail{}, here.of(id)...), there.of(id)...) {
			if m.ReceivedAt.After(at) {
				t.Errorf("a mail came %v after the answer", m.ReceivedAt.Sub(at))
			}
		}
	}
	if here.count() == 0 || there.count() == 0 {
		t.Errorf("the nodes delivered %d and %d", here.count(), there.count())
	}
	for _, id := range readers {
		if len(here.of(id))+len(there.of(id)) > 1 {
			t.Fatal("somebody got two")
		}
	}
}

func TestAPermitThatWaitedTooLongIsAskedForAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	b := w.inbox(anyPort)
	readers := w.readers(3)
	var once sync.Once
	e := w.run(w.engine(b.Addr(), alone, func(c *Config) {
		c.Signer = slowSigner{func([]byte) error {
			once.Do(func() {
				// A pause does not travel by the feed: only the facts know.
				ev := w.event(readers[2], consent.ActionPaused)
				ev.PausedUntil = w.clock.now().AddDate(0, 1, 0)
				if err := w.gate.Record(context.Background(), ev); err != nil {
					t.Error(err)
				}
				w.clock.move(2 * time.Minute)
			})
			return nil
		}}
	}))
	w.plan(e.Outbox(), bulk, 7, readers...)
	w.ends(map[string]int{"3 delivered": 2, "3 withheld FREQ-02": 1})
	if b.count() != 2 {
		t.Errorf("%d mails arrived", b.count())
	}
}

func TestTheSamePersonsMailIsSentAgainByteForByte(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		readers := w.readers(2)
		hangUp := smtptest.Script(smtptest.Greet("PIPELINING"), smtptest.Envelope(), []smtptest.Step{smtptest.Message(), smtptest.Hangup()})
		srv := smtptest.Start(t, hangUp, hangUp, smtptest.Script(smtptest.Greet("PIPELINING"), smtptest.Take()))
		e := w.run(w.engine(srv.Addr(), alone))
		w.plan(e.Outbox(), bulk, 7, readers[0])
		w.ends(map[string]int{"3 uncertain": 1})
		w.plan(e.Outbox(), person, 0, readers[1])
		w.ends(map[string]int{"3 uncertain": 1, "0 deferred": 1})
		w.clock.move(PersonPolicy().Retry[0])
		w.ends(map[string]int{"3 uncertain": 1, "3 delivered": 1})
		stop(e)
		if first, second := letterOf(srv.Seen(1)), letterOf(srv.Seen(2)); first == "" || first != second {
			t.Errorf("sent %q and then %q", first, second)
		}
		if r := w.row(readers[0]); r.stages != 1 {
			t.Errorf("the uncertain one says %+v", r)
		}
		w.clock.move(24 * time.Hour)
		if srv.Connections() != 3 {
			t.Errorf("%d connections", srv.Connections())
		}
	})
}

// letterOf cuts the message out of what a server saw.
func letterOf(seen string) string {
	_, rest, _ := strings.Cut(seen, "DATA\r\n")
	letter, _, _ := strings.Cut(rest, "\r\n.\r\n")
	return letter
}
