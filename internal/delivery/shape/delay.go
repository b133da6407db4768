package shape

import "time"

const (
	// delayLeast is how many answers a judgement needs.
	delayLeast = 20
	// slowTimes and slowMore are how much longer than usual counts as slow.
	slowTimes = 2.5
	slowMore  = 300 * time.Millisecond
)

// delay watches whether a receiver takes longer than it used to: the first sign of a
// limit, before anything is refused.
type delay struct {
	usual, recent float64 // nanoseconds
	count         int
}

func (d *delay) add(took time.Duration) {
	x := float64(took)
	d.count++
	if d.count == 1 {
		d.usual, d.recent = x, x
		return
	}
	d.recent += (x - d.recent) / 8
	slowly := 200.0
	if x < d.usual {
		slowly = 8
	}
	d.usual += (x - d.usual) / slowly
}

func (d *delay) slow() bool {
	return d.count >= delayLeast && d.recent > slowTimes*d.usual && d.recent-d.usual > float64(slowMore)
}

// isSlow says that nothing should grow now.
func (c *Controller) isSlow() bool { return c.greeting.slow() || c.dot.slow() }

// watchDelays steps down while greetings come later and later.
func (c *Controller) watchDelays(now time.Time, s Sample) {
	if s.Dot > 0 {
		c.dot.add(s.Dot)
	}
	if s.Greeting <= 0 {
		return
	}
	c.greeting.add(s.Greeting)
	if c.greeting.slow() && s.accepted() && s.Begun.After(c.cutAt) && !now.Before(c.open.nextStep) {
		c.stepDown(now, s, Slower)
	}
}
