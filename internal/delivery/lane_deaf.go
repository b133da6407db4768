package delivery

import "time"

// deaf is a domain whose servers cannot be found or used just now. In a lane of many
// domains the others go on.
type deaf struct {
	until    time.Time
	failures int
}

// mostDeaf bounds how many deaf domains a lane remembers.
const mostDeaf = 4096

// deafen lets mail for a domain rest, longer each time, and says until when.
func (l *lane) deafen(domain string, now time.Time) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	d := l.deaf[domain]
	if now.Before(d.until) {
		return d.until
	}
	d.until = now.Add(downFor(d.failures))
	d.failures++
	if l.deaf == nil || len(l.deaf) >= mostDeaf {
		l.deaf = map[string]deaf{}
	}
	l.deaf[domain] = d
	if l.isFor(domain) {
		l.restUntil = later(l.restUntil, d.until)
	}
	return d.until
}

// heard ends a domain's rest.
func (l *lane) heard(domain string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.deaf, domain)
}

// resting says until when mail for a domain has to wait, and whether it has to.
func (l *lane) resting(domain string, now time.Time) (time.Time, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	until := later(l.restUntil, l.deaf[domain].until)
	return until, now.Before(until)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
