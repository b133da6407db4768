package job

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Prefix of the outside ids, for store.Public and store.ParsePublic.
const (
	// Prefix is of a Job.
	Prefix = "job"
	// BlobPrefix is of a Blob.
	BlobPrefix = "blb"
)

// State is where a job stands.
type State string

// The states. Done, Failed and Stopped are final.
const (
	Queued  State = "queued"
	Running State = "running"
	Done    State = "done"
	Failed  State = "failed"
	Stopped State = "stopped"
)

// Final says whether nothing more will happen.
func (s State) Final() bool { return s == Done || s == Failed || s == Stopped }

// Job is a piece of work as it is stored.
type Job struct {
	ID        int64
	Workspace int64
	Kind      string
	State     State
	Payload   json.RawMessage
	// Cursor is where a resumed run goes on, in the handler's own words.
	Cursor string
	// Done of Total, in the handler's unit; Total 0 is unknown.
	Done, Total int64
	// Result is what the handler last told, a JSON object.
	Result json.RawMessage
	// Error is the i18n key of what went wrong, empty if nothing did.
	Error      string
	StopWanted bool
	// Tries counts the claims since the last progress.
	Tries      int64
	RunAt      time.Time
	CreatedBy  int64
	CreatedAt  time.Time
	FinishedAt time.Time
}

// DecodePayload reads the payload into v.
func (j Job) DecodePayload(v any) error {
	if err := json.Unmarshal(j.Payload, v); err != nil {
		return fmt.Errorf("job: payload: %w", err)
	}
	return nil
}

// DecodeResult reads the result so far into v.
func (j Job) DecodeResult(v any) error {
	if err := json.Unmarshal(j.Result, v); err != nil {
		return fmt.Errorf("job: result: %w", err)
	}
	return nil
}

// New is a job to be.
type New struct {
	Workspace int64
	Kind      string
	// Payload is written as JSON.
	Payload any
	// Total is the amount of work, 0 if unknown.
	Total int64
	// CreatedBy is the operator, 0 for the program itself.
	CreatedBy int64
	// RunAt is the earliest start; zero is now.
	RunAt time.Time
}

// Get returns a job of a workspace, or fault.NotFound.
func Get(ctx context.Context, r store.Reader, workspace, id int64) (Job, error) {
	j, err := scanJob(r.QueryRow(ctx, sqlGetJob, workspace, id))
	if err != nil {
		return Job{}, fmt.Errorf("job: get: %w", err)
	}
	return j, nil
}

// List returns a workspace's jobs of a kind ("" is every kind), the newest first,
// from before the job with the id before (0 is from the newest).
func List(ctx context.Context, r store.Reader, workspace int64, kind string, before int64, limit int) (all []Job, err error) {
	if before == 0 {
		before = math.MaxInt64
	}
	rows, err := r.Query(ctx, sqlListJobs, workspace, before, kind, kind, limit)
	if err != nil {
		return nil, fmt.Errorf("job: list: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		j, err := scanJob(rows)
		if err != nil {
			return nil, fmt.Errorf("job: list: %w", err)
		}
		all = append(all, j)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("job: list: %w", err)
	}
	return all, nil
}

type scanner interface{ Scan(dest ...any) error }

func scanJob(row scanner) (Job, error) {
	var j Job
	var state, payload, result string
	var runAt, created, finished int64
	err := row.Scan(&j.ID, &j.Workspace, &j.Kind, &state, &payload, &j.Cursor, &j.Done, &j.Total, &result, &j.Error,
		&j.StopWanted, &j.Tries, &runAt, &j.CreatedBy, &created, &finished)
	j.State, j.Payload, j.Result = State(state), json.RawMessage(payload), json.RawMessage(result)
	j.RunAt, j.CreatedAt, j.FinishedAt = store.Time(runAt), store.Time(created), store.Time(finished)
	return j, err
}

// key is the safe sentence to store for an error.
func key(err error) string {
	if e, ok := asFault(err); ok && e.Key != "" {
		return e.Key
	}
	return "fault." + fault.Of(err).String()
}
