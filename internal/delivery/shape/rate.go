package shape

import "time"

const (
	// rateStep is the time of one step of the rate, freeGrowth its size while nothing
	// was ever refused.
	rateStep   = 10 * time.Second
	freeGrowth = 1.1
	// rateCut is what is left of the rate after it was refused, tryCut of the rate that
	// had held before a try that failed.
	rateCut = 0.7
	tryCut  = 0.85
	// beyond is how far above a refused rate the receiver must have changed, near how
	// close to it need not be searched any more.
	beyond = 1.05
	near   = 0.04
	// rateQuiet and rateQuietMost bound how long the rate stays where it recovered to
	// before more is tried; each try beyond what was refused that fails doubles it. Where
	// the receiver asks for a wait when it refuses, it is at least so many waits.
	rateQuiet     = 3 * time.Minute
	rateQuietMost = 10 * time.Minute
	quietWaits    = 20
	// rateStride is how much more is tried, twice as much after each success beyond what
	// was refused.
	rateStride     = 0.15
	rateStrideMost = 0.5
	// breath is how long the lane is silent after the rate was cut, so that what waits
	// in the workers does not hammer on.
	breath = 2 * time.Second
	// measureTime and measureLeast are what a measured rate needs to be believed.
	measureTime  = 20 * time.Second
	measureLeast = 20
)

// rate learns how many mails a second are taken, and gives them out.
type rate struct {
	value float64 // 0 is no bound
	// aim is where recovery leads to; 0 while nothing was refused.
	aim float64
	// refused is the rate that was refused last, held the one that was kept through a
	// whole quiet since; 0 if not known.
	refused, held float64
	// trying says that the last growth was a try, and nothing was refused since; far that
	// it went beyond what had been refused.
	trying, far bool
	cutAt       time.Time
	nextStep    time.Time
	// changedAt is when more was last tried, or when recovery had come to its end.
	changedAt time.Time
	quiet     time.Duration
	stride    float64
	// taken are the mails accepted since cutAt. A receiver that counts in a bucket has
	// none left at a refusal, so what it took between two refusals is its rate.
	taken int

	tokens   float64
	refilled time.Time
	leftAt   time.Time // of the last mail
	waitedAt time.Time
}

// rateBound says whether it is the rate that holds the lane up.
func (c *Controller) rateBound(now time.Time) bool {
	r := &c.rate
	if r.value == 0 || r.waitedAt.IsZero() {
		return false
	}
	return now.Sub(r.waitedAt) < 2*time.Second+time.Duration(float64(time.Second)/r.value)
}

// growRate raises a rate that is in use: freely while nothing was refused, by halves
// back to what was good, then in growing strides after growing quiet.
func (c *Controller) growRate(now time.Time) {
	r := &c.rate
	if r.value == 0 || now.Before(r.nextStep) || !c.rateBound(now) {
		return
	}
	to, why := r.value*freeGrowth, Grown
	r.nextStep = now.Add(rateStep)
	switch {
	case r.aim == 0:
	case r.value < 0.98*r.aim:
		to, why = (r.value+r.aim)/2, Recovered
		r.changedAt = now
	case now.Sub(r.changedAt) < r.quiet:
		return
	default:
		to, why = r.value*(1+r.nextStride()), Tried
		r.held, r.aim, r.changedAt = r.value, to, now
	}
	to = c.bounds.PerSecond.clamp(to)
	c.change(Decision{At: now, What: PerSecond, Why: why}, r.value, to)
	r.value = to
}

// nextStride is how much more to try. Between what was kept and what was refused, half
// of the way; when they are close, just beyond what was refused, to see whether the
// receiver has changed; and what survives that is followed by more and more.
func (r *rate) nextStride() float64 {
	if r.trying {
		r.quiet = rateQuiet
	}
	r.trying = true
	gap := r.refused/r.value - 1
	r.far = gap < near
	switch {
	case !r.far:
		return gap / 2
	case gap > 0:
		r.stride = rateStride
		return beyond*(1+gap) - 1
	}
	stride := r.stride
	r.stride = min(2*r.stride, rateStrideMost)
	return stride
}

// speed is how fast mails were sent when the receiver refused: the limit if it was in
// use, else what was measured. A few mails measure too little to fall far below it.
func (c *Controller) speed(now time.Time) float64 {
	limit := c.rate.value
	sent, _ := c.meter.perSecond(now)
	switch {
	case limit == 0:
		return sent
	case c.rateBound(now):
		return limit
	case sent*meterSeconds < measureLeast:
		sent = max(sent, limit/4)
	}
	return min(limit, sent)
}

// cutRate obeys a receiver that asked for fewer mails.
func (c *Controller) cutRate(now time.Time, s Sample) {
	r := &c.rate
	refused := max(c.speed(now), c.bounds.PerSecond.Least)
	base := refused
	elapsed := now.Sub(r.cutAt)
	if !r.cutAt.IsZero() && elapsed < settle {
		_, taken := c.meter.perSecond(now)
		base = max(min(refused, taken), refused/4)
	}
	to := base * rateCut
	aim := (to + refused) / 2
	if !r.cutAt.IsZero() && elapsed >= measureTime && r.taken >= measureLeast {
		measured := float64(r.taken) / elapsed.Seconds()
		aim = max(to, min(measured, 0.97*refused))
	}
	if r.trying && refused > r.held {
		if r.far {
			r.quiet = max(min(2*r.quiet, rateQuietMost), quietWaits*min(s.Verdict.Wait, waitProbe))
		}
		aim, to = max(aim, r.held), max(to, tryCut*r.held)
	} else {
		r.held, r.quiet = 0, rateQuiet
	}
	r.refused, r.trying = refused, false
	c.slowDown(now, to, aim, because(s, now, PerSecond, Throttled))
	c.hold(now, breath)
}

// slowDown sets a lower rate and where it may recover to.
func (c *Controller) slowDown(now time.Time, to, aim float64, d Decision) {
	r := &c.rate
	from := r.value
	to = c.bounds.PerSecond.clamp(to)
	if from > 0 {
		to = min(from, to)
	}
	r.value, r.aim, r.stride = to, c.bounds.PerSecond.clamp(aim), rateStride
	r.cutAt, r.changedAt, r.nextStep, r.taken = now, now, now.Add(settle), 0
	r.tokens = min(r.tokens, 0)
	c.change(d, from, to)
}
