package delivery

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/shape"
	"github.com/kyodaku/kyodaku/internal/store"
)

// OpenCell is a campaign that is stopped at one provider, and why.
type OpenCell struct {
	Provider string `json:"provider"`
	// Campaign is the public id, Name what the campaign is called, ID for the program.
	Campaign string `json:"campaign"`
	Name     string `json:"name"`
	ID       int64  `json:"-"`
	shape.Status
}

// Last is the turn that brought the breaker to where it is.
func (c OpenCell) Last() shape.Turn {
	if len(c.Turns) == 0 {
		return shape.Turn{}
	}
	return c.Turns[0]
}

const campaignPrefix = "cmp"

// OpenCells lists the breakers that are not closed, of one provider or, with "", of all.
func (l *Look) OpenCells(ctx context.Context, workspace int64, provider string, now time.Time) ([]OpenCell, error) {
	open, err := l.openCells(ctx, provider, now)
	if err != nil || len(open) == 0 {
		return nil, err
	}
	ids := make([]int64, len(open))
	for i, c := range open {
		ids[i] = c.ID
	}
	names, err := l.campaigns(ctx, workspace, ids)
	if err != nil {
		return nil, err
	}
	open = slices.DeleteFunc(open, func(c OpenCell) bool { _, ours := names[c.ID]; return !ours })
	for i, c := range open {
		open[i].Name, open[i].Campaign = names[c.ID], store.Public(campaignPrefix, c.ID)
	}
	return open, nil
}

func (l *Look) openCells(ctx context.Context, provider string, now time.Time) ([]OpenCell, error) {
	rows, err := l.db.Query(ctx, sqlLookBreakers)
	if err != nil {
		return nil, fmt.Errorf("delivery: look: %w", err)
	}
	defer rows.Close()
	var open []OpenCell
	for rows.Next() {
		var c OpenCell
		var part, text string
		if err := rows.Scan(&c.Provider, &part, &text); err != nil {
			return nil, fmt.Errorf("delivery: look: %w", err)
		}
		var state shape.BreakerState
		if provider != "" && c.Provider != provider || json.Unmarshal([]byte(text), &state) != nil || state.Phase == shape.Closed {
			continue
		}
		if c.ID, err = strconv.ParseInt(part, 10, 64); err != nil {
			return nil, fmt.Errorf("delivery: look: %w", err)
		}
		c.Status = shape.RestoreBreaker(l.manners(c.Provider).breaker, state).Status(now)
		open = append(open, c)
	}
	return open, rows.Err()
}

// campaigns names those of a workspace among ids.
func (l *Look) campaigns(ctx context.Context, workspace int64, ids []int64) (map[int64]string, error) {
	rows, err := l.db.Query(ctx, sqlLookCampaigns, store.In(ids), workspace, workspace)
	if err != nil {
		return nil, fmt.Errorf("delivery: look: %w", err)
	}
	defer rows.Close()
	out := map[int64]string{}
	for rows.Next() {
		var id int64
		var name string
		if err := rows.Scan(&id, &name); err != nil {
			return nil, fmt.Errorf("delivery: look: %w", err)
		}
		out[id] = name
	}
	return out, rows.Err()
}
