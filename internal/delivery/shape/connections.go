package shape

import (
	"math"
	"time"
)

const (
	// settle is how long after a cut nothing grows, and the time of one step back.
	settle = 20 * time.Second
	// openQuiet and openQuietMost bound how long a refused number of connections is not
	// tried again; each try that fails doubles it.
	openQuiet     = 5 * time.Minute
	openQuietMost = 20 * time.Minute
	// provenFor is how long a number of connections counts as allowed.
	provenFor = 30 * time.Minute
	// cutNew and cutAgain are what is left of the connections after a refusal that says
	// nothing exact, and after one soon after the last.
	cutNew, cutAgain = 0.75, 0.6
	// soonAfter is when a refusal shows that the last cut was not enough.
	soonAfter = time.Minute
)

// connections learns how many connections may be open at the same time.
type connections struct {
	// value has a fraction: every success adds its part.
	value float64
	// refused is how many were open when one was refused; 0 if none was lately.
	refused   int
	refusedAt time.Time
	quiet     time.Duration
	// tried says that the last growth went beyond what had been refused.
	tried bool
	// proven is the most that were open while mail was taken.
	proven   int
	provenAt time.Time
	nextStep time.Time
}

// prove notes that so many connections were allowed at the same time.
func (o *connections) prove(now time.Time, open int) {
	if open >= o.proven || now.Sub(o.provenAt) > provenFor {
		o.proven, o.provenAt = open, now
	}
}

// growConnections adds one connection per cohort: each of N successes adds 1/N. Below
// a number that was refused before, one connection a step; beyond it only after a long
// quiet. Only connections in use may grow, and not while the rate is what holds us up.
func (c *Controller) growConnections(now time.Time, s Sample) {
	o := &c.open
	if s.Open < int(o.value) || now.Before(o.nextStep) || c.rateBound(now) || c.isSlow() {
		return
	}
	from := math.Floor(o.value)
	to, why := o.value+1/from, Grown
	if o.refused > 0 {
		to, why = from+1, Recovered
		if int(to) >= o.refused {
			if now.Sub(o.refusedAt) < o.quiet {
				return
			}
			o.refused, o.tried, why = 0, true, Tried
		}
		o.nextStep = now.Add(settle)
	}
	o.value = c.bounds.Connections.clamp(to)
	c.change(Decision{At: now, What: Connections, Why: why}, from, math.Floor(o.value))
}

// cutConnections obeys a receiver that refused a connection while others were open.
func (c *Controller) cutConnections(now time.Time, s Sample) {
	o := &c.open
	most := min(math.Floor(o.value), float64(s.Open-1))
	to := most * cutNew
	switch {
	case now.Sub(o.refusedAt) < soonAfter:
		to = most * cutAgain
	case o.proven >= s.Open-1 && now.Sub(o.provenAt) < provenFor:
		to = most
	}
	if o.tried {
		o.quiet = min(2*o.quiet, openQuietMost)
	} else {
		o.quiet = openQuiet
	}
	o.tried = false
	o.refused, o.refusedAt = s.Open, now
	o.proven = min(o.proven, s.Open-1)
	c.setConnections(now, to, because(s, now, Connections, TooMany))
}

// stepDown takes one connection away: something is slow or out of order, but it is not
// known that there are too many.
func (c *Controller) stepDown(now time.Time, s Sample, why Reason) {
	c.setConnections(now, math.Floor(c.open.value)-1, because(s, now, Connections, why))
}

func (c *Controller) setConnections(now time.Time, to float64, d Decision) {
	from := math.Floor(c.open.value)
	c.open.value = math.Floor(min(from, c.bounds.Connections.clamp(math.Floor(to))))
	c.open.nextStep = now.Add(settle)
	c.change(d, from, c.open.value)
}
