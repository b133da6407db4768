package provision

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// RunPrefix is the public prefix of a run's id.
const RunPrefix = "prn"

// RunConfig is what runs need besides the programmes.
type RunConfig struct {
	Book *Book
	Jobs *job.Runner
	Ring *keyring.Ring
	Log  *slog.Logger
	// Mail tells recipients of stops; nil while no mail can be sent.
	Mail StopMailer
	// TLS is how recipients' servers are believed; nil is the system's way.
	TLS *tls.Config
}

// Runs provides data sets to recipients and keeps the records of it.
type Runs struct {
	RunConfig
	// page is how many people one transaction takes.
	page int
	// outside and inner speak to recipients, see dialer.
	outside, inner *http.Client
}

// pageOfRun is how many people one transaction takes: enough that its commit weighs
// little, few enough that other writing waits for some 50 ms.
const pageOfRun = 2000

// The kinds of jobs: counting and preparing read the same people, handing brings the
// data set away.
const (
	jobCount   = "provision_count"
	jobPrepare = "provision_prepare"
	jobHand    = "provision_hand"
)

// NewRuns makes the desk and registers its jobs.
func NewRuns(c RunConfig) *Runs {
	s := &Runs{RunConfig: c, page: pageOfRun, outside: client(false, c.TLS), inner: client(true, c.TLS)}
	c.Jobs.Register(jobCount, s.count)
	c.Jobs.Register(jobPrepare, s.prepare)
	c.Jobs.Register(jobHand, s.hand)
	c.Jobs.Every("provision", sweepEvery, s.tend)
	return s
}

// client is the one that may reach a recipient's server.
func (s *Runs) client(inside bool) *http.Client {
	if inside {
		return s.inner
	}
	return s.outside
}

// Format is how a data set is written.
type Format string

// The formats: a table for people and spreadsheets, a JSON object a line for programs.
const (
	CSV       Format = "csv"
	JSONLines Format = "jsonl"
)

// Plan is an order to provide.
type Plan struct {
	Workspace int64 `json:"-"`
	Programme int64 `json:"-"`
	Recipient int64 `json:"-"`
	// Segment picks the people; what the law takes out again is counted by rule.
	Segment contact.Segment `json:"segment"`
	// Fields are the items to provide, all of them notified; nil is every notified item.
	Fields []string `json:"fields"`
	Format Format   `json:"format"`
	// Reason is why it goes on where a rule warns.
	Reason string `json:"reason,omitempty"`
	// ByContract says that a contract with the person stands as the record, which shortens
	// its keeping to a year from the last provision (APPI-R 21); for consent alone.
	ByContract bool `json:"by_contract,omitempty"`
}

// RunState is how far a run has come.
type RunState string

// The states. Handing, Given and Uncertain count as provided: an octet may have left.
const (
	Counting  RunState = "counting"
	Planned   RunState = "planned"
	Preparing RunState = "preparing"
	Prepared  RunState = "prepared"
	Handing   RunState = "handing"
	Given     RunState = "provided"
	Uncertain RunState = "uncertain"
	NotGiven  RunState = "not_provided"
	Discarded RunState = "discarded"
	Broken    RunState = "failed"
)

// Counts says what became of the people that the segment picks.
type Counts struct {
	Seen     int64 `json:"seen"`
	Provided int64 `json:"provided"`
	// Excluded are people by the rule that took them out.
	Excluded map[law.RuleID]int64 `json:"excluded,omitempty"`
	// LeftOut were judged well and taken out before the hand-over.
	LeftOut int64 `json:"left_out,omitempty"`
}

// Preview shows what a run would provide.
type Preview struct {
	Columns []string   `json:"columns"`
	Rows    [][]string `json:"rows"`
}

// Run is one provision of one data set to one recipient.
type Run struct {
	ID int64
	Plan
	// Version is the number of the programme's items that are provided by.
	Version          int
	RecipientVersion int
	// To is the recipient as it stood when the run was planned.
	To RecipientTerms
	// Programme's name and class, for lists.
	ProgrammeName string
	Class         Class
	State         RunState
	Preview       Preview
	Counts        Counts
	Job           int64
	CreatedBy     int64
	ApprovedBy    int64
	CreatedAt     time.Time
	ApprovedAt    time.Time
	PreparedAt    time.Time
	// HandedAt is when the first octet may have left, ProvidedAt when its arrival was
	// acknowledged, by Proof.
	HandedAt, ProvidedAt time.Time
	Proof                string
	// KeepUntil is before when the records may not be deleted; zero before the hand-over.
	KeepUntil time.Time
	// Error is the i18n key of what went wrong last.
	Error     string
	UpdatedAt time.Time
	salt      []byte
}

// Public is the id that the outside sees.
func (r Run) Public() string { return store.Public(RunPrefix, r.ID) }

// Counted says whether the run counts as provided.
func (r Run) Counted() bool { return r.State == Handing || r.State == Given || r.State == Uncertain }

// may asks whether somebody may take people's data out. Of API keys the edge has asked
// for their scope.
func (s *Runs) may(ctx context.Context, r store.Reader, by account.By, workspace int64) error {
	if by.Actor.Kind == account.ActorAPIKey {
		return nil
	}
	return s.Book.accounts.Require(ctx, r, by, workspace, account.Export)
}

// note writes the audit entry of an act.
func (s *Runs) note(ctx context.Context, tx *store.Tx, by account.By, e account.Entry, now time.Time) error {
	e.Actor, e.Network = by.Actor, by.Network
	return s.Book.accounts.Audit(ctx, tx, e, now)
}

func (r Run) subject(action string, detail any) account.Entry {
	return account.Entry{
		Workspace: r.Workspace, Action: action, Subject: account.Subject{Kind: "provision_run", ID: r.ID}, Reason: r.Reason, Detail: detail,
	}
}

// saltSize is that of the salt of a run's address marks, in octets.
const saltSize = 16

// Plan stores an order and has it counted. Items that were not notified are refused by
// name (rule PRV-17); nothing leaves before another person approves.
func (s *Runs) Plan(ctx context.Context, by account.By, p Plan, now time.Time) (Run, error) {
	run := Run{Plan: p, State: Counting, CreatedBy: operatorOf(by), CreatedAt: now, UpdatedAt: now, salt: make([]byte, saltSize)}
	_, _ = rand.Read(run.salt) // never fails, by its documentation
	err := s.Book.db.Write(ctx, func(tx *store.Tx) (err error) {
		if err := s.may(ctx, tx, by, p.Workspace); err != nil {
			return err
		}
		if err := s.settle(ctx, tx, &run); err != nil {
			return err
		}
		if run.ID, err = tx.NewID(ctx); err != nil {
			return err
		}
		if run.Job, err = s.Jobs.Enqueue(ctx, tx, job.New{Workspace: p.Workspace, Kind: jobCount, Payload: order{run.ID}, CreatedBy: run.CreatedBy}); err != nil {
			return err
		}
		if err := s.insert(ctx, tx, run); err != nil {
			return err
		}
		return s.note(ctx, tx, by, run.subject("provision.run.plan", map[string]any{"recipient": run.Recipient, "fields": run.Fields}), now)
	})
	return run, failed("plan", err)
}

// operatorOf is the person behind an act, 0 for programs and the machine.
func operatorOf(by account.By) int64 {
	if by.Actor.Kind == account.ActorOperator {
		return by.Actor.ID
	}
	return 0
}

// settle fills in what the plan leaves open and refuses what cannot be.
func (s *Runs) settle(ctx context.Context, tx *store.Tx, run *Run) error {
	p, err := s.Book.ByID(ctx, tx, run.Workspace, run.Plan.Programme)
	if err != nil {
		return err
	}
	v := p.providing()
	if v == nil {
		return fault.New(fault.Refused, "provision.run.no_version")
	}
	to, err := s.Recipient(ctx, tx, run.Workspace, run.Recipient)
	if err != nil {
		return err
	}
	if !to.ArchivedAt.IsZero() {
		return fault.Bad("recipient", "provision.run.archived")
	}
	run.Version, run.RecipientVersion, run.To = v.Number, to.Version, to.RecipientTerms
	run.ProgrammeName, run.Class = p.Name, p.Class
	return run.settleFields(v.Items)
}

// providing is the version that a provision now goes by: the one that counts, or, by opt-out
// where none does yet, the latest that was frozen, so that the rules say what is missing. It is
// nil when the provision has ceased.
func (p Programme) providing() *Version {
	v := p.InForce()
	if v == nil && p.Class == OptOut {
		v = p.latest()
	}
	if v != nil && v.did(Ended) != nil {
		return nil
	}
	return v
}

func (run *Run) settleFields(items Items) error {
	var bad fault.Fields
	if run.Fields == nil {
		for _, d := range items.Data {
			run.Fields = append(run.Fields, d.Field)
		}
	}
	for i, f := range run.Fields {
		if !items.has(f) {
			bad.Add("fields", "provision.run.not_notified", "Field", f)
		}
		if slices.Contains(run.Fields[:i], f) {
			bad.Add("fields", "provision.data.twice")
		}
	}
	if len(run.Fields) == 0 {
		bad.Add("fields", "provision.data.empty")
	}
	if run.Format == "" {
		run.Format = CSV
	}
	if run.Format != CSV && run.Format != JSONLines {
		bad.Add("format", "provision.run.format")
	}
	if len(run.Reason) > mostText {
		bad.Add("reason", "provision.text.bad")
	}
	if run.ByContract && run.Class != Consent {
		bad.Add("by_contract", "provision.run.by_contract")
	}
	return bad.Err()
}

// has says whether a field is among the notified items.
func (i Items) has(field string) bool {
	return slices.ContainsFunc(i.Data, func(d DataItem) bool { return d.Field == field })
}

// order is the payload of the jobs.
type order struct {
	Run int64 `json:"run"`
}

// filed is a plan as it is stored.
func (s *Runs) insert(ctx context.Context, tx *store.Tx, r Run) error {
	plan, err := json.Marshal(r.Plan)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlAddRun, r.ID, r.Workspace, r.Plan.Programme, r.Version, r.Recipient, r.RecipientVersion, string(plan), r.salt,
		store.Micros(r.CreatedAt), r.CreatedBy, string(r.State), r.Job, store.Micros(r.UpdatedAt))
	return err
}

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
		&r.State, &preview, &counts, &r.Job, &t[1], &r.ApprovedBy, &t[2], &t[3], &t[4], &r.Proof, &t[5], &r.Error, &t[6],
		&r.ProgrammeName, &r.Class, &terms)
	if err != nil {
		return Run{}, err
	}
	for i, at := range []*time.Time{&r.CreatedAt, &r.ApprovedAt, &r.PreparedAt, &r.HandedAt, &r.ProvidedAt, &r.KeepUntil, &r.UpdatedAt} {
		*at = store.Time(t[i])
	}
	for text, v := range map[*string]any{&plan: &r.Plan, &preview: &r.Preview, &counts: &r.Counts, &terms: &r.To} {
		if err := json.Unmarshal([]byte(*text), v); err != nil {
			return Run{}, err
		}
	}
	return r, nil
}
