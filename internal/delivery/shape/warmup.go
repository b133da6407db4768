package shape

import (
	"errors"
	"math"
	"sync"
	"time"
)

// NoCeiling is the ceiling of a day without one.
const NoCeiling = math.MaxInt

// WarmUp is how many mails a new source address may send to a provider, day by day.
// The zero WarmUp has no ceiling.
type WarmUp struct {
	// Start is the ceiling of the first day, Growth the factor from one day to the
	// next, Days how many days the plan has.
	Start  int     `json:"start,omitempty"`
	Growth float64 `json:"growth,omitempty"`
	Days   int     `json:"days,omitempty"`
	// List names each day's ceiling instead.
	List []int `json:"list,omitempty"`
}

// errPlan is a plan that would not let anything go, or that shrinks.
var errPlan = errors.New("shape: a warm-up plan needs positive ceilings that do not fall")

// Check says whether a plan makes sense.
func (w WarmUp) Check() error {
	last := 0
	for _, n := range w.List {
		if n <= 0 || n < last {
			return errPlan
		}
		last = n
	}
	if len(w.List) == 0 && w.Days > 0 && (w.Start <= 0 || !(w.Growth >= 1) || math.IsInf(w.Growth, 0)) {
		return errPlan
	}
	return nil
}

// Ceiling is how many mails may go on a day of the plan, 1 the first; NoCeiling after
// the last. A day before the first has the first day's ceiling.
func (w WarmUp) Ceiling(day int) int {
	day = max(day, 1)
	if len(w.List) > 0 {
		if day > len(w.List) {
			return NoCeiling
		}
		return w.List[day-1]
	}
	if day > w.Days {
		return NoCeiling
	}
	n := float64(w.Start) * math.Pow(w.Growth, float64(day-1))
	if n >= math.MaxInt/2 {
		return NoCeiling
	}
	return int(n)
}

// Daily counts what a warm-up plan still lets go today. It is safe for concurrent use.
// A day is a calendar day of the zone.
type Daily struct {
	plan WarmUp
	zone *time.Location

	mu    sync.Mutex
	state DailyState
	ends  time.Time // of the current day
}

// DailyState is a counter for storing (as JSON).
type DailyState struct {
	Begun time.Time `json:"begun"` // when the plan began
	Day   int       `json:"day"`   // the day that Sent counts
	Sent  int       `json:"sent"`
}

// NewDaily makes the counter of a plan that began at a time. A nil zone is UTC.
func NewDaily(w WarmUp, begun time.Time, zone *time.Location) *Daily {
	return RestoreDaily(w, DailyState{Begun: begun}, zone)
}

// RestoreDaily makes a counter of a stored state.
func RestoreDaily(w WarmUp, s DailyState, zone *time.Location) *Daily {
	if zone == nil {
		zone = time.UTC
	}
	return &Daily{plan: w, zone: zone, state: s}
}

// Take asks for n mails of today and gets as many as are left. The rest is to go
// another way, or tomorrow.
func (d *Daily) Take(now time.Time, n int) (granted int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	granted = max(0, min(n, d.left(now)))
	d.state.Sent += granted
	return granted
}

// GiveBack returns mails that did not go.
func (d *Daily) GiveBack(now time.Time, n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.left(now)
	d.state.Sent = max(0, d.state.Sent-n)
}

// Left is how many mails may still go today.
func (d *Daily) Left(now time.Time) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.left(now)
}

// Next is when the next day begins.
func (d *Daily) Next(now time.Time) time.Time {
	y, m, day := now.In(d.zone).Date()
	return time.Date(y, m, day+1, 0, 0, 0, 0, d.zone)
}

// Snapshot is the counter as it stands.
func (d *Daily) Snapshot() DailyState {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.state
}

// left begins a new day when one has come. A clock that goes back begins none.
func (d *Daily) left(now time.Time) int {
	if d.ends.IsZero() || !now.Before(d.ends) {
		if day := d.day(now); day > d.state.Day {
			d.state.Day, d.state.Sent = day, 0
		}
		d.ends = d.Next(now)
	}
	ceiling := d.plan.Ceiling(d.state.Day)
	if ceiling == NoCeiling {
		return NoCeiling
	}
	return max(0, ceiling-d.state.Sent)
}

// day is which day of the plan it is. Days are counted on the calendar, for some have
// 23 or 25 hours.
func (d *Daily) day(now time.Time) int {
	return 1 + int(midnight(now.In(d.zone)).Sub(midnight(d.state.Begun.In(d.zone))).Hours()/24)
}

// midnight is the date alone, where every day has 24 hours.
func midnight(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}
