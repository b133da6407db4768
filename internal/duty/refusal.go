package duty

import (
	"context"
	"errors"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Speed is how fast refusals took effect: from being received to being committed, or to the
// last hand-off if one came later.
type Speed struct {
	// Refusals is how many were measured.
	Refusals int64
	Slowest  time.Duration
	// Event is the slowest one.
	Event int64
}

// speedMost bounds how many of the newest refusals are measured.
const speedMost = 2000

// Speed measures the refusals of the last day.
func (d *Desk) Speed(ctx context.Context, r store.Reader, workspace int64, now time.Time) (Speed, error) {
	var s Speed
	rows, err := r.Query(ctx, sqlRefusals, workspace, store.Micros(now.Add(-24*time.Hour)), speedMost)
	if err != nil {
		return s, failed("speed", err)
	}
	defer rows.Close()
	for rows.Next() {
		var event, received, committed, last int64
		if err := rows.Scan(&event, &received, &committed, &last); err != nil {
			return s, failed("speed", err)
		}
		s.Refusals++
		if took := time.Duration(max(committed, last)-received) * time.Microsecond; took > s.Slowest {
			s.Slowest, s.Event = took, event
		}
	}
	return s, failed("speed", rows.Err())
}

// Effects keeps when refusals were committed. Its Take never waits: what a burst leaves no
// room for is not measured.
type Effects struct {
	desk  *Desk
	began time.Time
	news  chan []effect
}

// effect is one committed refusal.
type effect struct{ event, workspace, at int64 }

// effectsMost is how many batches may wait to be written.
const effectsMost = 1024

// NewEffects makes one for a process that began at a time; Run writes what Take hears. What
// was said before is history that is brought in, and was not received here.
func (d *Desk) NewEffects(began time.Time) *Effects {
	return &Effects{d, began, make(chan []effect, effectsMost)}
}

// Take hears of refusals that were just committed.
func (e *Effects) Take(refused []consent.Refused, at time.Time) {
	batch := make([]effect, 0, len(refused))
	for _, r := range refused {
		if r.Event != 0 && !r.At.Before(e.began) {
			batch = append(batch, effect{r.Event, r.Workspace, store.Micros(at)})
		}
	}
	select {
	case e.news <- batch:
	default:
	}
}

// Run writes until ctx ends, then what is left.
func (e *Effects) Run(ctx context.Context) error {
	var failures []error
	for {
		select {
		case batch := <-e.news:
			if err := e.write(context.WithoutCancel(ctx), batch); err != nil {
				failures = append(failures[:0], err) // the last one tells enough
			}
		case <-ctx.Done():
			for len(e.news) > 0 {
				if err := e.write(context.WithoutCancel(ctx), <-e.news); err != nil {
					failures = append(failures[:0], err)
				}
			}
			return failed("effects", errors.Join(failures...))
		}
	}
}

func (e *Effects) write(ctx context.Context, batch []effect) error {
	args := make([]any, 0, effectWidth*len(batch))
	for _, x := range batch {
		args = append(args, x.event, x.workspace, x.at)
	}
	if len(args) == 0 {
		return nil
	}
	return e.desk.DB.Write(ctx, func(tx *store.Tx) error {
		return tx.InsertRows(ctx, sqlAddEffects, sqlAddEffectsTail, effectWidth, args)
	})
}

const effectWidth = 3

// SpeedFindings is what the law says of it (OUT-09).
func (d *Desk) SpeedFindings(s Speed, now time.Time) law.Findings {
	return d.Rules.Retention(&law.RetentionFacts{Now: now, Reach: law.JP, Act: "watch", HashKept: true, RefusalSeconds: int(s.Slowest / time.Second)})
}
