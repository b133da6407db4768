package delivery

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/store"
)

// MessagePrefix begins the public ids of messages.
const MessagePrefix = "msg"

// Trace is everything that is known of the way of one message. It names nobody: only
// the server's own words may.
type Trace struct {
	// Message, Campaign and Event are public ids; the latter two may be empty.
	Message  string `json:"message"`
	Campaign string `json:"campaign,omitempty"`
	Kind     Kind   `json:"kind"`
	Class    string `json:"class"`
	Domain   string `json:"domain"`
	Lane     string `json:"lane"`
	// Awaited says that somebody waits for it.
	Awaited bool `json:"awaited,omitempty"`
	// State is queued, leased, at_the_dot, done or parked; Outcome is set when it is done,
	// or deferred.
	State   string  `json:"state"`
	Outcome Outcome `json:"outcome,omitempty"`
	// RunAt is when it is tried next, as long as it is not done.
	RunAt      time.Time `json:"run_at,omitzero"`
	CreatedAt  time.Time `json:"created_at"`
	FinishedAt time.Time `json:"finished_at,omitzero"`
	// Decided is the gate's last answer; Attempts counts the tries, Tries tells of them.
	Decided  GateAnswer `json:"gate"`
	Attempts int        `json:"attempts"`
	Tries    []Try      `json:"tries,omitempty"`
	Returned []Return   `json:"returned,omitempty"`
}

// GateAnswer is what the gate said last about a message.
type GateAnswer struct {
	// Stage is when it was asked: planned, leased, mail or dot.
	Stage string    `json:"stage"`
	At    time.Time `json:"at"`
	// Event is the consent event behind the answer, Rules the version of the rule set.
	Event string `json:"event,omitempty"`
	Rules string `json:"rules"`
	// Refusal is the rule of a no; empty means yes.
	Refusal string `json:"refusal,omitempty"`
}

// Try is one attempt to hand a message over.
type Try struct {
	Number    int       `json:"number"`
	StartedAt time.Time `json:"started_at"`
	EndedAt   time.Time `json:"ended_at"`
	// Source is the address it was sent from, Remote the server, Stage how far it came.
	Source string `json:"source,omitempty"`
	Remote string `json:"remote,omitempty"`
	Stage  string `json:"stage"`
	// Code and Enhanced are of the reply (RFC 5321 4.2, RFC 3463), Reply its words.
	Code     int     `json:"code,omitempty"`
	Enhanced string  `json:"enhanced,omitempty"`
	Reply    string  `json:"reply,omitempty"`
	Outcome  Outcome `json:"outcome"`
	// Blame is whose fault it was, Rule the rule that says so; empty if the codes alone did.
	Blame string `json:"blame,omitempty"`
	Rule  string `json:"rule,omitempty"`
}

// Return is what came back later: a bounce or a complaint.
type Return struct {
	At     time.Time `json:"at"`
	Kind   string    `json:"kind"`
	Status string    `json:"status,omitempty"`
	Blame  string    `json:"blame,omitempty"`
	Rule   string    `json:"rule,omitempty"`
	// Source is how it reached us: session, mail, or the name of a provider.
	Source string `json:"source"`
}

// stateName is the word for the state of a row.
func stateName(state int) string {
	names := [...]string{stateQueued: "queued", stateLeased: "leased", stateDot: "at_the_dot", stateDone: "done", stateParked: "parked"}
	if state < 0 || state >= len(names) {
		return "unknown"
	}
	return names[state]
}

// Message tells the way of one message; fault.NotFound if there is none.
func (l *Look) Message(ctx context.Context, workspace, id int64) (Trace, error) {
	t := Trace{Message: store.Public(MessagePrefix, id)}
	var campaign, event, run, created, finished, decided int64
	var state int
	err := l.db.QueryRow(ctx, sqlLookMessage, id, workspace, workspace).Scan(&t.Kind, &t.Class, &campaign, &t.Domain, &t.Lane,
		&state, &t.Outcome, &t.Attempts, &run, &created, &finished, &t.Decided.Stage, &decided, &event, &t.Decided.Rules, &t.Decided.Refusal)
	if err != nil {
		return t, fmt.Errorf("delivery: look at message: %w", err)
	}
	t.Awaited, t.Lane, t.State = isUrgent(t.Lane), strings.TrimPrefix(t.Lane, urgent), stateName(state)
	t.CreatedAt, t.FinishedAt, t.Decided.At = store.Time(created), store.Time(finished), store.Time(decided)
	if state != stateDone {
		t.RunAt = store.Time(run)
	}
	if campaign != 0 {
		t.Campaign = store.Public(campaignPrefix, campaign)
	}
	if event != 0 {
		t.Decided.Event = store.Public("evt", event)
	}
	if t.Tries, err = l.tries(ctx, id); err != nil {
		return t, err
	}
	t.Returned, err = l.returned(ctx, id)
	return t, err
}

func (l *Look) tries(ctx context.Context, message int64) (out []Try, err error) {
	rows, err := l.db.Query(ctx, sqlLookAttempts, message)
	if err != nil {
		return nil, fmt.Errorf("delivery: look at attempts: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var t Try
		var started, ended int64
		if err := rows.Scan(&t.Number, &started, &ended, &t.Remote, &t.Stage, &t.Code, &t.Enhanced, &t.Reply, &t.Outcome,
			&t.Blame, &t.Rule, &t.Source); err != nil {
			return nil, fmt.Errorf("delivery: look at attempts: %w", err)
		}
		t.StartedAt, t.EndedAt = store.Time(started), store.Time(ended)
		out = append(out, t)
	}
	return out, rows.Err()
}

func (l *Look) returned(ctx context.Context, message int64) (out []Return, err error) {
	rows, err := l.db.Query(ctx, sqlLookReturned, message)
	if err != nil {
		return nil, fmt.Errorf("delivery: look at returns: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var r Return
		var at int64
		if err := rows.Scan(&r.Kind, &r.Status, &r.Blame, &r.Rule, &r.Source, &at); err != nil {
			return nil, fmt.Errorf("delivery: look at returns: %w", err)
		}
		r.At = store.Time(at)
		out = append(out, r)
	}
	return out, rows.Err()
}
