package provision

import (
	"slices"
	"time"
)

// Open lists the versions whose steps are still to be recorded, the latest first: the latest
// one, the one in force, what is owed without delay, and what was announced since and is on its
// way. A version that a later one overtook before anything was done about it is not among them.
func (p Programme) Open(now time.Time) []int {
	in, owed := p.Serving(now), p.Owed()
	var out []int
	for i := len(p.Versions) - 1; i >= 0; i-- {
		v := &p.Versions[i]
		inForce := in != nil && v.Number == in.Number
		onItsWay := len(v.Steps) > 0 && (in == nil || v.Number > in.Number)
		if i == len(p.Versions)-1 || slices.Contains(owed, v.Number) || v.did(Ended) == nil && (inForce || onItsWay) {
			out = append(out, v.Number)
		}
	}
	return out
}
