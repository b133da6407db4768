package shape

import (
	"math"
	"sync"
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

func TestAllLimitsOrNone(t *testing.T) {
	t.Parallel()
	node, provider, campaign, none := NewPool("node", 100), NewPool("provider", 3), NewPool("campaign", 10), NewPool("free", 0)
	s := Sorted{node, nil, provider, campaign, none}
	for range 3 {
		if full := s.Acquire(); full != nil {
			t.Fatalf("%s is full", full.Name())
		}
	}
	if full := s.Acquire(); full != provider {
		t.Fatalf("full is %v, want the provider", full)
	}
	for _, p := range []*Pool{node, provider, campaign, none} {
		if p.InUse() != 3 {
			t.Errorf("%s: %d in use after a failure, want 3", p.Name(), p.InUse())
		}
	}
	provider.SetMost(1)
	s.Release()
	if s.Acquire() == nil {
		t.Error("a lowered bound does not hold")
	}
	s.Release()
	s.Release()
	if s.Acquire() != nil || provider.Most() != 1 || none.Most() != 0 {
		t.Error("a place that was released is not free")
	}
}

func TestTheSmallestIsAskedFirst(t *testing.T) {
	t.Parallel()
	big, small := NewPool("big", 5), NewPool("small", 1)
	small.used.Store(1)
	big.used.Store(5)
	if full := (Sorted{big, small}).Acquire(); full != small {
		t.Errorf("asked %s first", full.Name())
	}
}

func TestLimitsHoldUnderManyHands(t *testing.T) {
	t.Parallel()
	a, b := NewPool("a", 7), NewPool("b", 5)
	var wg sync.WaitGroup
	var over sync.Map
	for range 16 {
		wg.Go(func() {
			for range 2000 {
				s := Sorted{a, b}
				if s.Acquire() != nil {
					continue
				}
				if b.InUse() > 5 || a.InUse() > 7 {
					over.Store("over", true)
				}
				s.Release()
			}
		})
	}
	wg.Wait()
	if _, bad := over.Load("over"); bad || a.InUse() != 0 || b.InUse() != 0 {
		t.Errorf("in use at the end: %d and %d", a.InUse(), b.InUse())
	}
}

func BenchmarkAcquire(b *testing.B) {
	s := Sorted{NewPool("node", 1000), NewPool("workspace", 100), NewPool("source", 50), NewPool("provider", 20), NewPool("campaign", 500)}
	b.ReportAllocs()
	for b.Loop() {
		if s.Acquire() == nil {
			s.Release()
		}
	}
}
