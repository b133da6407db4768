package provision

import (
	"context"
	"encoding/json"
	"time"

	"github.com/kyodaku/kyodaku/internal/store"
)

// Run reads a run of a workspace.
func (s *Runs) Run(ctx context.Context, r store.Reader, workspace, id int64) (Run, error) {
	run, err := scanRun(r.QueryRow(ctx, sqlRun, id, workspace))
	return run, failed("run", err)
}

// RunQuery asks for runs, the newest first.
type RunQuery struct {
	Workspace int64
	// Programme and Recipient are 0 for every one.
	Programme, Recipient int64
	// From and To bound when a run was planned or, with Counted, handed over; zero is open.
	From, To time.Time
	// Counted asks only for those that count as provided.
	Counted bool
	// Before is the id that the page begins behind; 0 is the newest. Limit 0 is 100.
	Before int64
	Limit  int
}

// mostRuns is how many runs a page holds at most.
const mostRuns = 100

// Runs lists runs.
func (s *Runs) Runs(ctx context.Context, r store.Reader, q RunQuery) ([]Run, error) {
	if q.Limit <= 0 || q.Limit > mostRuns {
		q.Limit = mostRuns
	}
	if q.Before == 0 {
		q.Before = 1<<63 - 1
	}
	to := store.Micros(q.To)
	if to == 0 {
		to = 1<<63 - 1
	}
	rows, err := r.Query(ctx, sqlRuns, q.Workspace, q.Before, q.Programme, q.Programme, q.Recipient, q.Recipient, q.Counted,
		store.Micros(q.From), to, q.Counted, store.Micros(q.From), to, q.Limit)
	if err != nil {
		return nil, failed("runs", err)
	}
	defer rows.Close()
	var out []Run
	for rows.Next() {
		run, err := scanRun(rows)
		if err != nil {
			return nil, failed("runs", err)
		}
		out = append(out, run)
	}
	return out, failed("runs", rows.Err())
}

func scanRun(row interface{ Scan(dest ...any) error }) (Run, error) {
	var r Run
	var plan, preview, counts, terms string
	var t [8]int64
	err := row.Scan(&r.ID, &r.Workspace, &r.Plan.Programme, &r.Version, &r.Recipient, &r.RecipientVersion, &plan, &r.salt, &t[0], &r.CreatedBy,
		&r.State, &preview, &counts, &r.Job, &t[1], &r.ApprovedBy, &r.ApprovalReason, &t[2], &t[3], &t[4], &r.Proof, &t[5], &r.Error, &t[6],
		&r.ProgrammeName, &r.Class, &terms)
	if err != nil {
		return Run{}, err
	}
	for i, at := range []*time.Time{&r.CreatedAt, &r.ApprovedAt, &r.PreparedAt, &r.HandedAt, &r.ProvidedAt, &r.KeepUntil, &r.UpdatedAt} {
		*at = store.Time(t[i])
	}
	var shown kept
	for text, v := range map[*string]any{&plan: &r.Plan, &preview: &shown, &counts: &r.Counts, &terms: &r.To} {
		if err := json.Unmarshal([]byte(*text), v); err != nil {
			return Run{}, err
		}
	}
	r.Preview, r.counted = shown.Preview, shown.Counted
	return r, nil
}
