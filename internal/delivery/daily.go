package delivery

import (
	"sync"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/shape"
)

// dailies counts what went from each source to each provider today, over all lanes.
type dailies struct {
	mu   sync.Mutex
	open map[lesson]*shape.Daily
}

func newDailies() dailies { return dailies{open: map[lesson]*shape.Daily{}} }

// of returns the count of a source at a provider.
func (d *dailies) of(k *learned, provider string, s Source) *shape.Daily {
	at := lesson{learnedDaily, provider, s.Name}
	d.mu.Lock()
	defer d.mu.Unlock()
	if known := d.open[at]; known != nil {
		return known
	}
	counted := shape.NewDaily(s.WarmUp, s.Begun, time.UTC)
	if used, ok := recall[shape.DailyState](k, at); ok && used.Begun.Equal(s.Begun) { // else it is a new plan
		counted = shape.RestoreDaily(s.WarmUp, used, time.UTC)
	}
	d.open[at] = counted
	return counted
}

// each hands over the counts that have a ceiling today.
func (d *dailies) each(now time.Time, add func(lesson, any) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for at, counted := range d.open {
		if counted.Left(now) == shape.NoCeiling {
			continue
		}
		if err := add(at, counted.Snapshot()); err != nil {
			return err
		}
	}
	return nil
}
