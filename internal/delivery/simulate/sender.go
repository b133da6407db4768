package simulate

import (
	"math/rand/v2"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/reply"
	"github.com/kyodaku/kyodaku/internal/delivery/shape"
)

const (
	// quitTakes is how long it takes until another connection can follow one closed.
	quitTakes = 20 * time.Millisecond
	// lookAgain is how often an idle worker looks for leave to open a connection.
	lookAgain = time.Second
	// refusedMost is how long a worker waits at most after its connections were refused.
	refusedMost = 5 * time.Minute
	// idleSession is how long a connection stays open without a mail.
	idleSession = 5 * time.Second
)

// pacer is what decides the speed: shape.Controller, or fixed limits.
type pacer interface {
	Limits(now time.Time) shape.Limits
	Take(now time.Time) time.Duration
	Observe(now time.Time, s shape.Sample)
}

// fixed are limits that never learn, as most engines are configured.
type fixed struct {
	*shape.Controller
}

func (fixed) Observe(time.Time, shape.Sample) {}

// newFixed keeps what it is told, whatever the receiver says.
func newFixed(b shape.Bounds, of func(shape.Range) float64, now time.Time) pacer {
	stand := func(r shape.Range) shape.Range {
		v := of(r)
		return shape.Range{Start: v, Least: v, Most: v}
	}
	return fixed{shape.New(shape.Bounds{
		Connections: stand(b.Connections), PerConnection: stand(b.PerConnection), PerSecond: stand(b.PerSecond),
	}, now)}
}

// began is when virtual time begins.
func began() time.Time { return time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC) }

// step is what a worker does next.
type step uint8

const (
	look    step = iota // for leave to connect
	greeted             // the answer to a connection is there
	ready               // for a mail
	told                // the answer to a mail is there
)

// worker is one place for a connection.
type worker struct {
	step     step
	nth      int
	refusals int // connections refused in a row
	begun    time.Duration
	open     int // connections at begun
	took     time.Duration
	answer   answer
	cell     *shape.Breaker
}

// sender drives a pacer with an endless queue.
type sender struct {
	scenario Scenario
	pacer    pacer
	to       *receiver
	rng      *rand.Rand
	clean    *shape.Breaker
	dirty    *shape.Breaker

	workers []worker
	open    int // connected or connecting
	agenda  agenda
	tally   tally
}

// run sends until the end; the tally says what became of it.
func (s *sender) run() {
	for i := range s.workers {
		s.agenda.add(time.Duration(i)*time.Millisecond, i)
	}
	for {
		now, i := s.agenda.next()
		if now >= runEnds {
			return
		}
		s.agenda.add(now+s.act(now, &s.workers[i]), i)
	}
}

// act does a worker's next step and says how long it takes.
func (s *sender) act(now time.Duration, w *worker) time.Duration {
	switch w.step {
	case greeted:
		return s.greet(now, w)
	case ready:
		return s.send(now, w)
	case told:
		return s.hear(now, w)
	}
	return s.connect(now, w)
}

func (s *sender) connect(now time.Duration, w *worker) time.Duration {
	l := s.pacer.Limits(at(now))
	if s.open >= l.Connections || !l.PausedUntil.IsZero() {
		return lookAgain
	}
	s.open++
	w.begun, w.open = now, s.open
	w.answer, w.took = s.to.connect(now)
	w.step = greeted
	return w.took
}

func (s *sender) greet(now time.Duration, w *worker) time.Duration {
	sample := w.sample()
	sample.Stage, sample.Greeting = "connect", w.took
	s.pacer.Observe(at(now), sample)
	s.tally.count(w.answer)
	if !w.answer.accepted {
		s.open--
		w.step = look
		w.refusals++
		return min(lookAgain<<min(w.refusals, 10), refusedMost)
	}
	w.nth, w.refusals, w.step = 0, 0, ready
	return 0
}

// send hands off the next mail, or closes the connection as the limits want it.
func (s *sender) send(now time.Duration, w *worker) time.Duration {
	l := s.pacer.Limits(at(now))
	if s.open > l.Connections || l.PerConnection > 0 && w.nth >= l.PerConnection {
		return s.quit(w, quitTakes)
	}
	if wait := s.pacer.Take(at(now)); wait > idleSession {
		return s.quit(w, lookAgain)
	} else if wait > 0 {
		return wait
	}
	unknown := s.choose(now, w)
	w.nth++
	w.begun, w.open = now, s.open
	w.answer, w.took = s.to.mail(now, w.nth, unknown)
	w.step = told
	return w.took
}

func (s *sender) quit(w *worker, pause time.Duration) time.Duration {
	s.to.leave()
	s.open--
	w.step = look
	return pause
}

// choose takes the next mail of a campaign that may send.
func (s *sender) choose(now time.Duration, w *worker) (unknown bool) {
	w.cell = s.clean
	share := s.scenario.Unknown
	if s.scenario.Dirty > 0 && now >= dirtyFrom && s.rng.Float64() < dirtyShare {
		if ok, _ := s.dirty.Allow(at(now)); ok {
			w.cell, share = s.dirty, s.scenario.Dirty
		}
	}
	return s.rng.Float64() < share
}

func (s *sender) hear(now time.Duration, w *worker) time.Duration {
	sample := w.sample()
	sample.Stage, sample.Nth, sample.Dot = "dot", w.nth, w.took
	s.pacer.Observe(at(now), sample)
	w.cell.Observe(at(now), w.answer.verdict, w.answer.text)
	s.tally.count(w.answer)
	if w.answer.accepted {
		s.tally.mail(now)
	}
	if !w.answer.broken {
		w.step = ready
		return 0
	}
	s.open--
	w.step = look
	return quitTakes
}

func (w *worker) sample() shape.Sample {
	return shape.Sample{
		Verdict: w.answer.verdict, Broken: w.answer.broken, Open: w.open,
		Begun: at(w.begun), Reply: w.answer.text,
	}
}

func at(now time.Duration) time.Time { return began().Add(now) }

// throttled says whether an answer counts as one that a good sender avoids.
func (a answer) throttled() bool {
	return a.broken || a.verdict.Blame != reply.None && a.verdict.Blame != reply.Recipient
}
