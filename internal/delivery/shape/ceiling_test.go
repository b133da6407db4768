package shape

import (
	"math"
	"testing"
	"time"
)

func TestWarmUpCeilings(t *testing.T) {
	t.Parallel()
	grows := WarmUp{Start: 100, Growth: 1.5, Days: 5}
	list := WarmUp{List: []int{50, 100, 1000}}
	for _, c := range []struct {
		plan WarmUp
		day  int
		want int
	}{
		{WarmUp{}, 1, NoCeiling},
		{grows, 0, 100},
		{grows, 1, 100},
		{grows, 2, 150},
		{grows, 5, 506},
		{grows, 6, NoCeiling},
		{list, 1, 50},
		{list, 3, 1000},
		{list, 4, NoCeiling},
		{WarmUp{Start: 10, Growth: 10, Days: 400}, 300, NoCeiling},
	} {
		if got := c.plan.Ceiling(c.day); got != c.want {
			t.Errorf("%+v, day %d: %d, want %d", c.plan, c.day, got, c.want)
		}
	}
	for _, bad := range []WarmUp{
		{Days: 3},
		{Start: 5, Days: 3},
		{Start: 5, Growth: 0.9, Days: 3},
		{Start: 5, Growth: math.NaN(), Days: 3},
		{Start: 5, Growth: math.Inf(1), Days: 3},
		{List: []int{0}},
		{List: []int{5, 4}},
	} {
		if bad.Check() == nil {
			t.Errorf("%+v passes", bad)
		}
	}
	for _, good := range []WarmUp{{}, grows, list} {
		if err := good.Check(); err != nil {
			t.Errorf("%+v: %v", good, err)
		}
	}
}

func TestADayLetsItsCeilingGoAndTheNextBeginsAtMidnight(t *testing.T) {
	t.Parallel()
	tokyo := time.FixedZone("JST", 9*3600)
	now := time.Date(2026, 11, 23, 22, 0, 0, 0, tokyo)
	d := NewDaily(WarmUp{List: []int{50, 100}}, now, tokyo)
	if got := d.Take(now, 30); got != 30 {
		t.Fatalf("granted %d of 30", got)
	}
	if got := d.Take(now, 30); got != 20 {
		t.Fatalf("granted %d, want the 20 left", got)
	}
	if d.Take(now, 1) != 0 || d.Left(now) != 0 {
		t.Fatal("more than the ceiling")
	}
	d.GiveBack(now, 5)
	if d.Left(now) != 5 {
		t.Fatal("what was given back is not left")
	}
	d = RestoreDaily(WarmUp{List: []int{50, 100}}, d.Snapshot(), tokyo)
	if d.Left(now) != 5 {
		t.Fatal("a restart changed what is left")
	}
	next := d.Next(now)
	if want := time.Date(2026, 11, 24, 0, 0, 0, 0, tokyo); !next.Equal(want) {
		t.Fatalf("the next day begins %v", next)
	}
	if d.Left(next) != 100 || d.Left(now) != 100 {
		t.Error("want the second day's ceiling, also when the clock goes back a little")
	}
	if d.Left(next.AddDate(0, 0, 1)) != NoCeiling {
		t.Error("want no ceiling after the plan")
	}
}

func TestDaysAreCountedOnTheCalendar(t *testing.T) {
	t.Parallel()
	// A zone whose day has 23 hours: clocks go forward at 02:00 of the second day.
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Date(2026, 3, 28, 12, 0, 0, 0, zone)
	d := NewDaily(WarmUp{List: []int{1, 2, 3, 4}}, begun, zone)
	for day, want := range []int{1, 2, 3, 4} {
		if got := d.Left(time.Date(2026, 3, 28+day, 0, 1, 0, 0, zone)); got != want {
			t.Errorf("day %d: %d left, want %d", day+1, got, want)
		}
	}
}
