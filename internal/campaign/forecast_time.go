package campaign

import (
	"slices"
	"sort"
	"time"

	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// calendar parts the past at every instant before and after which some rule judges
// differently what dates from then. What dates from one span, time tells not apart.
type calendar struct {
	// bounds are instants in microseconds, ascending: the first of each span but the first.
	bounds []int64
}

// newCalendar makes the calendar of a rule set for one instant. The facts that are made
// of dates are those below; a test holds that all others come from elsewhere.
func newCalendar(rules *law.Set, now time.Time) calendar {
	var c calendar
	age := func(value func(time.Time) int, cuts ...int) {
		for _, cut := range cuts {
			c.bounds = append(c.bounds, firstInstant(now, func(at time.Time) bool { return value(at) < cut }))
		}
	}
	months := func(at time.Time) int { return law.Months(at, now) }
	age(months, rules.Cuts("permission.months")...)
	age(months, rules.Cuts("permission.quiet_months")...)
	age(func(at time.Time) int { return int(now.Sub(at) / (24 * time.Hour)) }, rules.Cuts("published.checked_days")...)
	for _, cut := range rules.Cuts("permission.collected_on") {
		c.bounds = append(c.bounds, firstInstant(now, func(at time.Time) bool { return law.Day(at) >= cut }))
	}
	slices.Sort(c.bounds)
	c.bounds = slices.Compact(c.bounds)
	return c
}

// firstInstant is the first microsecond at which a condition holds that holds from then
// on for ever.
func firstInstant(now time.Time, holds func(time.Time) bool) int64 {
	const century = 100 * 365 * 24 * time.Hour
	end := store.Micros(now.Add(century))
	return 1 + int64(sort.Search(int(end), func(i int) bool { return holds(store.Time(int64(i) + 1)) }))
}

// span is the number of the span that an instant in microseconds is in, from 1; 0 is no
// instant.
func (c calendar) span(at int64) uint8 {
	if at == 0 {
		return 0
	}
	n, exact := slices.BinarySearch(c.bounds, at)
	if exact {
		n++
	}
	return uint8(n + 1)
}
