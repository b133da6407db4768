package campaign

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// twinWithin is how long ago the same message to the same topic is taken for a mistake.
const twinWithin = 24 * time.Hour

// guard finds what looks like a wrong sending, and whether a second person must look.
// None of it forbids; each wants a named person's reason.
func (b *Book) guard(ctx context.Context, r store.Reader, c Campaign, now time.Time) ([]Finding, error) {
	policy, err := b.Policy(ctx, r, c.Workspace)
	if err != nil {
		return nil, err
	}
	var people int64
	if err := r.QueryRow(ctx, sqlPeopleOf, c.Workspace, c.Topic, math.MaxInt32).Scan(&people); err != nil {
		return nil, err
	}
	var out []Finding
	usual, err := usualSize(ctx, r, c)
	if err != nil {
		return nil, err
	}
	if usual > 0 && people >= policy.Times*usual {
		out = append(out, Finding{
			Severity: compose.Amber, Field: "topic", Key: "campaign.guard.size",
			Args: []any{"People", people, "Usual", usual, "Times", people / usual}, Repair: RequestApproval,
		})
	}
	twin, err := b.twin(ctx, r, c, now)
	if err != nil {
		return nil, err
	}
	if twin.ID != 0 {
		out = append(out, Finding{
			Severity: compose.Amber, Field: "subject", Key: "campaign.guard.twin",
			Args: []any{"Name", twin.Name, "Hours", int(now.Sub(twin.HoldUntil) / time.Hour)}, Repair: RequestApproval,
		})
	}
	if key, args := policy.wants(c, people); key != "" {
		out = append(out, Finding{
			Severity: compose.Amber, Field: "approval", Key: key, Args: args, SecondPerson: true, Repair: RequestApproval,
		})
	}
	return out, nil
}

// usualSize is the median audience of a topic's last campaigns, 0 when there are none.
func usualSize(ctx context.Context, r store.Reader, c Campaign) (int64, error) {
	rows, err := r.Query(ctx, sqlSizes, c.Topic, c.Workspace, c.ID)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var sizes []int64
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return 0, err
		}
		sizes = append(sizes, n)
	}
	if len(sizes) == 0 {
		return 0, rows.Err()
	}
	slices.Sort(sizes)
	return sizes[len(sizes)/2], rows.Err()
}

// twin is the campaign that took the same words to the same people lately.
func (b *Book) twin(ctx context.Context, r store.Reader, c Campaign, now time.Time) (Campaign, error) {
	if c.Subject == "" || c.Body == "" {
		return Campaign{}, nil
	}
	var id int64
	err := r.QueryRow(ctx, sqlTwin, c.Topic, c.Workspace, c.ID, c.Subject, c.Body, string(c.Part.Mode), int64(c.Part.Reach),
		store.Micros(now.Add(-twinWithin))).Scan(&id)
	if fault.Is(err, fault.NotFound) {
		return Campaign{}, nil
	}
	if err != nil {
		return Campaign{}, err
	}
	return b.Get(ctx, r, c.Workspace, id)
}
