package provision

import (
	"context"
	"crypto/tls"
	"log/slog"
	"maps"
	"net/http"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/contact"
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
	// patience is how long a hook may take.
	patience time.Duration
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
	s := &Runs{RunConfig: c, page: pageOfRun, patience: hookTimeout, outside: client(false, c.TLS), inner: client(true, c.TLS)}
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
	// Author is the operator who answers for a plan that is made at the machine, where nobody
	// has signed in; without one nobody can approve it. Of other plans who signed in counts.
	Author int64 `json:"-"`
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

// Counts says what became of the people that the segment picks: whoever was seen is either
// provided or excluded.
type Counts struct {
	Seen int64 `json:"seen"`
	// Provided are those whose records stand for a provision.
	Provided int64 `json:"provided"`
	// Excluded are people by the rule that took them out, whenever it did.
	Excluded map[law.RuleID]int64 `json:"excluded,omitempty"`
	// LeftOut are those of the excluded who were judged well and taken out before anything
	// could leave.
	LeftOut int64 `json:"left_out,omitempty"`
	// Withdrawn are those of the provided whom later copies of the data set no longer hold.
	Withdrawn int64 `json:"withdrawn,omitempty"`
}

// in is how many people the data set holds.
func (c Counts) in() int64 { return c.Provided - c.Withdrawn }

// take counts people who are taken out of a data set; maybe says that it may have left with
// them, which makes it a provision.
func (c *Counts) take(gone []goner, maybe bool) {
	if maybe {
		c.Withdrawn += int64(len(gone))
		return
	}
	c.Excluded = maps.Clone(c.Excluded)
	if c.Excluded == nil {
		c.Excluded = map[law.RuleID]int64{}
	}
	for _, g := range gone {
		c.Excluded[law.RuleID(g.rule)]++
	}
	c.Provided -= int64(len(gone))
	c.LeftOut += int64(len(gone))
}

// Preview shows what a run would provide.
type Preview struct {
	Columns []string   `json:"columns"`
	Rows    [][]string `json:"rows"`
	// People are whose the rows are.
	People []int64 `json:"people"`
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
	counted       counted
	Counts        Counts
	Job           int64
	CreatedBy     int64
	ApprovedBy    int64
	// ApprovalReason is why whoever approved it let it go on; see Approval.
	ApprovalReason string
	CreatedAt      time.Time
	ApprovedAt     time.Time
	PreparedAt     time.Time
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
