package shape

import "time"

// burst is how much of a second's mails may go at once. Below burstLeast mails none go
// at once: what a worker that asks late could have sent is kept for it, but mails are
// at least apart intervals from each other, for some receivers count very finely.
const (
	burst      = 0.1
	burstLeast = 2
	apart      = 0.7
)

// shortest is the least wait: rounded to 0 it would be a leave.
const shortest = time.Microsecond

// Take asks for leave to send one mail. With 0 it is given; otherwise nothing was
// taken, and it may be asked for again after the time returned.
func (c *Controller) Take(now time.Time) (wait time.Duration) {
	if c.free.Load() {
		return 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	r := &c.rest
	if now.Before(r.until) {
		return r.until.Sub(now)
	}
	if r.probe != noProbe {
		if r.probe == probeOut && now.Sub(r.probeAt) < probePatience {
			return probeAgain
		}
		r.probe, r.probeAt = probeOut, now
		return 0
	}
	r.until = time.Time{}
	wait = c.rate.take(now)
	c.openGate()
	return wait
}

func (r *rate) take(now time.Time) time.Duration {
	if r.value == 0 {
		return 0
	}
	if since := now.Sub(r.refilled); since > 0 {
		r.tokens = min(r.tokens+since.Seconds()*r.value, max(burstLeast, burst*r.value))
		r.refilled = now
	}
	interval := float64(time.Second) / r.value
	wait := time.Duration((1 - r.tokens) * interval)
	if r.tokens >= 1 {
		wait = 0
	}
	if burst*r.value < burstLeast {
		wait = max(wait, time.Duration(apart*interval)-now.Sub(r.leftAt))
	}
	if r.tokens >= 1 && wait <= 0 {
		r.tokens--
		r.leftAt = now
		return 0
	}
	r.waitedAt = now
	return max(shortest, wait)
}

// GiveBack returns a leave that was not used: the gate said no, there was no
// connection, the engine stops. Then there is no Sample of it.
func (c *Controller) GiveBack(time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rest.probe == probeOut {
		c.rest.probe = probeDue
		return
	}
	if c.rate.value > 0 {
		c.rate.tokens = min(c.rate.tokens+1, max(burstLeast, burst*c.rate.value))
	}
}
