package report

import (
	"context"
	"fmt"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Growth is how many permissions people gave and took back on one day.
type Growth struct {
	Given, Left int64
}

// growthMost bounds how many acts one look at the growth reads.
const growthMost = 50_000

// GrowthSince counts people's acts by day (2006-01-02 in a zone) since an instant.
// What operators brought in by files is left out: it is no growth. It reads the
// newest acts only; when there are more than it reads, from tells since when its
// numbers are whole, and is since otherwise.
func GrowthSince(ctx context.Context, r store.Reader, workspace int64, since time.Time, zone *time.Location) (days map[string]Growth, from time.Time, err error) {
	rows, err := r.Query(ctx, sqlActs, workspace, growthMost, store.Micros(since))
	if err != nil {
		return nil, since, fmt.Errorf("report: growth: %w", err)
	}
	defer rows.Close()
	days, from = map[string]Growth{}, since
	read, oldest := 0, int64(0)
	for rows.Next() {
		var action consent.Action
		var micros int64
		if err := rows.Scan(&action, &micros); err != nil {
			return nil, since, fmt.Errorf("report: growth: %w", err)
		}
		if read++; oldest == 0 || micros < oldest {
			oldest = micros
		}
		key := store.Time(micros).In(zone).Format(time.DateOnly)
		g := days[key]
		if action.Refuses() {
			g.Left++
		} else {
			g.Given++
		}
		days[key] = g
	}
	if read == growthMost {
		from = store.Time(oldest)
	}
	if err := rows.Err(); err != nil {
		return nil, since, fmt.Errorf("report: growth: %w", err)
	}
	return days, from, nil
}
