package duty

import (
	"context"
	"time"

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

// SpeedFindings is what the law says of it (OUT-09).
func (d *Desk) SpeedFindings(s Speed, now time.Time) law.Findings {
	return d.Rules.Retention(&law.RetentionFacts{Now: now, Reach: law.JP, Act: "watch", HashKept: true, RefusalSeconds: int(s.Slowest / time.Second)})
}
