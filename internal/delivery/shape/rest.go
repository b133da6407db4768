package shape

import (
	"math"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/reply"
)

const (
	// strikesLeast is how many cohorts in a row are refused before the lane rests;
	// blamesLeast the same for sender blame.
	strikesLeast = 3
	blamesLeast  = 2
	// restFirst and restMost bound a rest because nothing was taken.
	restFirst = 30 * time.Second
	restMost  = 10 * time.Minute
	// blamedFirst and blamedMost bound a rest because of sender blame.
	blamedFirst = 15 * time.Minute
	blamedMost  = 8 * time.Hour
	// blamedFor is how long sender blame of our address is remembered, and how long
	// nothing grows after it.
	blamedFor   = 30 * time.Minute
	blamedQuiet = 5 * time.Minute
	// blamedCut is what is left of rate and connections after sender blame.
	blamedCut = 0.5
	// waitMost bounds what a receiver can ask for; waitProbe is from when on a probe
	// comes before the rest.
	waitMost  = 24 * time.Hour
	waitProbe = 5 * time.Minute
	// forgetRests is after how many times its length a rest no longer makes the next
	// one longer.
	forgetRests = 4
	// probePatience is how long the answer to a probe may take: more than the ten
	// minutes after the dot of RFC 5321 4.5.3.2.6. probeAgain is when to ask meanwhile.
	probePatience = 15 * time.Minute
	probeAgain    = 5 * time.Second
)

type probe uint8

const (
	noProbe  probe = iota
	probeDue       // one mail may go
	probeOut       // it went
)

// rest is when the lane does not send at all.
type rest struct {
	until   time.Time
	probe   probe
	probeAt time.Time
	// strikes and blames count refused cohorts.
	strikes, blames int
	blamedAt        time.Time
	length          time.Duration
	ended           time.Time
}

// calm forgets refusals once a mail of a later cohort was taken. What was said against
// our address is not forgotten so soon, for receivers that doubt it take some.
func (r *rest) calm(s Sample) {
	r.strikes = 0
	if r.blames > 0 && s.Begun.Sub(r.blamedAt) > blamedFor {
		r.blames = 0
	}
}

// hold keeps the lane silent for a while.
func (c *Controller) hold(now time.Time, d time.Duration) {
	if until := now.Add(d); until.After(c.rest.until) {
		c.rest.until = until
	}
}

// obey does what the receiver asked for in time, even for a cohort already cut.
func (c *Controller) obey(now time.Time, s Sample) {
	wait := min(s.Verdict.Wait, waitMost)
	if wait <= 0 || !now.Add(wait).After(c.rest.until) {
		return
	}
	before := max(0, c.rest.until.Sub(now))
	if wait-before > time.Second { // not every mail in flight needs its own line
		c.change(because(s, now, Pause, Asked), 0, wait.Seconds())
	}
	c.hold(now, wait)
	if wait >= waitProbe && c.rest.probe == noProbe {
		c.rest.probe = probeDue
	}
}

// cutForSender halves everything: the receiver doubts who we are.
func (c *Controller) cutForSender(now time.Time, s Sample) {
	if before := c.speed(now); before > 0 {
		c.slowDown(now, before*blamedCut, before*rateCut, because(s, now, PerSecond, Blamed))
		c.rate.refused, c.rate.held, c.rate.trying = before, 0, false
		c.rate.nextStep = now.Add(blamedQuiet)
	}
	c.setConnections(now, math.Floor(c.open.value)*blamedCut, because(s, now, Connections, Blamed))
	c.open.nextStep = now.Add(blamedQuiet)
	c.rest.blames++
	c.rest.blamedAt = now
}

// strike counts a refused cohort and rests when there are too many in a row.
func (c *Controller) strike(now time.Time, s Sample) {
	c.rest.strikes++
	switch {
	case s.Verdict.Blame == reply.SenderIP && c.rest.blames >= blamesLeast,
		s.Verdict.Blame == reply.SenderDomain && c.rest.strikes >= blamesLeast:
		c.restLonger(now, s, Blamed)
	case c.rest.strikes >= strikesLeast:
		c.restLonger(now, s, NothingTaken)
	}
}

// restLonger rests twice as long as the last time, unless that is long ago.
func (c *Controller) restLonger(now time.Time, s Sample, why Reason) {
	first, most := restFirst, restMost
	if s.blamesSender() {
		first, most = blamedFirst, blamedMost
	}
	r := &c.rest
	length := 2 * r.length
	if r.probe == noProbe && now.Sub(r.ended) > forgetRests*r.length {
		length = first
	}
	// A longer rest that was earned by sender blame is not cut short by a milder refusal.
	r.length = max(first, min(length, max(most, r.length)))
	r.probe = probeDue
	r.until = later(r.until, now.Add(r.length))
	c.cutAt = now
	c.change(because(s, now, Pause, why), 0, r.until.Sub(now).Seconds())
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// ofProbe says whether a sample was begun after the rest.
func (c *Controller) ofProbe(s Sample) bool {
	return c.rest.probe != noProbe && !s.Begun.Before(c.rest.until)
}

// endProbe goes on, slowly, after the receiver took a mail again.
func (c *Controller) endProbe(now time.Time, s Sample) {
	if !c.ofProbe(s) {
		return
	}
	r := &c.rest
	rested := now.Sub(r.until.Add(-r.length))
	r.probe, r.until, r.ended, r.strikes = noProbe, time.Time{}, now, 0
	c.change(because(s, now, Pause, ProbeTaken), max(rested, 0).Seconds(), 0)
	c.setConnections(now, c.bounds.Connections.Least, because(s, now, Connections, ProbeTaken))
	if c.rate.value > 0 {
		c.slowDown(now, c.rate.value*blamedCut, max(c.rate.aim, c.rate.value), because(s, now, PerSecond, ProbeTaken))
	}
}
