package shape

import (
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/reply"
)

const (
	// perQuiet and perQuietMost bound how long a learned length of a connection stands
	// before one mail more is tried; each refusal doubles it.
	perQuiet     = 10 * time.Minute
	perQuietMost = 24 * time.Hour
	// samePositions is how many refusals in a row at the same mail, without a hang-up,
	// show a limit of the connection rather than of the rate.
	samePositions = 3
)

// perConnection learns how many mails one connection carries.
type perConnection struct {
	value int // 0 is no bound
	// proven is the furthest mail of a connection that was accepted.
	proven int
	// refused is the mail at which the receiver broke off; 0 if it never did.
	refused   int
	refusedAt time.Time
	// before is the value before it broke off, to return to if that was no limit.
	before int
	quiet  time.Duration
	// position and same count refusals in a row at one position, with nothing accepted
	// there in between.
	position, same int
}

// accepted grows by a quarter with every connection that was used to its end.
func (p *perConnection) accepted(c *Controller, now time.Time, s Sample) {
	p.proven = max(p.proven, s.Nth)
	if s.Nth >= p.position {
		p.same = 0
	}
	if p.refused > 0 && s.Nth >= p.refused {
		p.refute(c, now, s)
	}
	if p.value == 0 || s.Nth < p.value || !s.Begun.After(p.refusedAt) {
		return
	}
	to, why := p.value+max(1, p.value/4), Grown
	if p.refused > 0 {
		if now.Sub(p.refusedAt) < p.quiet {
			return
		}
		to, why = p.value+1, Tried
	}
	to = c.bounds.PerConnection.clampInt(to)
	c.change(Decision{At: now, What: PerConnection, Why: why}, float64(p.value), float64(to))
	p.value = to
}

// refute takes a limit back: a mail went where the receiver had broken off.
func (p *perConnection) refute(c *Controller, now time.Time, s Sample) {
	to := p.before
	if p.before != 0 {
		to = max(p.before, p.value)
	}
	c.change(because(s, now, PerConnection, NotTheLimit), float64(p.value), float64(to))
	p.value, p.refused, p.quiet = to, 0, perQuiet
}

// finds says whether a refusal is about the length of the connection, and learns it.
// A hang-up further on than anything accepted so far is taken for the limit: if it was
// not, that shows soon and costs a few connections. A refusal without hang-up, or by a
// receiver that is out of order, must come at the same place again and again.
func (p *perConnection) finds(c *Controller, now time.Time, s Sample) bool {
	if s.Nth == p.position {
		p.same++
	} else {
		p.position, p.same = s.Nth, 1
	}
	if s.Nth == p.refused && !s.Begun.After(p.refusedAt) {
		return true // another connection of the same cohort
	}
	further := s.Broken && s.Nth > p.proven && s.Verdict.Blame != reply.Receiver
	if s.Nth < 2 || !further && p.same < samePositions {
		p.doubt(c, now, s)
		return false
	}
	if float64(s.Nth-1) < c.bounds.PerConnection.Least {
		return false
	}
	if !p.refusedAt.IsZero() {
		p.quiet = min(2*p.quiet, perQuietMost)
	}
	if p.refused == 0 {
		p.before = p.value
	}
	p.proven = s.Nth - 1
	p.refused, p.refusedAt = s.Nth, now
	to := c.bounds.PerConnection.clampInt(s.Nth - 1)
	c.change(because(s, now, PerConnection, BrokenOff), float64(p.value), float64(to))
	p.value = to
	return true
}

// doubtful is how soon after a limit was found another refusal speaks against it.
const doubtful = time.Minute

// doubt takes a limit back that was just found when connections break off before it
// too: then the receiver minds something else.
func (p *perConnection) doubt(c *Controller, now time.Time, s Sample) {
	if p.refused > 0 && s.Nth <= p.value && now.Sub(p.refusedAt) < doubtful {
		p.refute(c, now, s)
	}
}
