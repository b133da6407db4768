package campaign

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Progress counts a campaign's people by outcome.
func (b *Book) Progress(ctx context.Context, r store.Reader, campaign int64) (Progress, error) {
	rows, err := r.Query(ctx, sqlCounts, campaign)
	if err != nil {
		return Progress{}, fmt.Errorf("campaign: progress: %w", err)
	}
	defer rows.Close()
	var p Progress
	for rows.Next() {
		var outcome delivery.Outcome
		var n int64
		if err := rows.Scan(&outcome, &n); err != nil {
			return Progress{}, fmt.Errorf("campaign: progress: %w", err)
		}
		*p.of(outcome) += n
	}
	return p, rows.Err()
}

func (p *Progress) of(o delivery.Outcome) *int64 {
	switch o {
	case delivery.Delivered:
		return &p.Delivered
	case delivery.Deferred:
		return &p.Deferred
	case delivery.Failed:
		return &p.Failed
	case delivery.Withheld:
		return &p.Withheld
	case delivery.Uncertain:
		return &p.Uncertain
	}
	return &p.Queued
}

// Reason is how many people a rule withheld.
type Reason struct {
	Rule  law.RuleID
	Count int64
}

// Reasons tells why people were withheld, the most frequent first.
func (b *Book) Reasons(ctx context.Context, r store.Reader, campaign int64) (out []Reason, err error) {
	rows, err := r.Query(ctx, sqlRules, campaign)
	if err != nil {
		return nil, fmt.Errorf("campaign: reasons: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var x Reason
		if err := rows.Scan(&x.Rule, &x.Count); err != nil {
			return nil, fmt.Errorf("campaign: reasons: %w", err)
		}
		out = append(out, x)
	}
	return out, rows.Err()
}

// Minute is how many messages were delivered in one minute.
type Minute struct {
	At    time.Time
	Count int64
}

// Minutes tells how the delivery went over time.
func (b *Book) Minutes(ctx context.Context, r store.Reader, campaign int64) (out []Minute, err error) {
	rows, err := r.Query(ctx, sqlPerMinute, campaign)
	if err != nil {
		return nil, fmt.Errorf("campaign: minutes: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var minute int64
		var m Minute
		if err := rows.Scan(&minute, &m.Count); err != nil {
			return nil, fmt.Errorf("campaign: minutes: %w", err)
		}
		m.At = store.Time(minute * int64(time.Minute/time.Microsecond))
		out = append(out, m)
	}
	return out, rows.Err()
}

// Row is what became of one person's message.
type Row struct {
	ID, Address, Contact int64
	Outcome              delivery.Outcome
	Rule                 law.RuleID
	Attempts             int
	DecidedStage         string
	DecidedAt            time.Time
	DecidedEvent         int64
	RunAt, FinishedAt    time.Time
	// Shown is the address; Name may be empty.
	Shown, Name string
}

// scan reads the columns of sqlPeople, and then what else a statement gives.
func (x *Row) scan(row scanner, more ...any) error {
	var decided, run, finished int64
	var family, given, display, company *string
	err := row.Scan(append([]any{
		&x.ID, &x.Address, &x.Contact, &x.Outcome, &x.Rule, &x.Attempts, &x.DecidedStage, &decided,
		&x.DecidedEvent, &run, &finished, &x.Shown, &family, &given, &display, &company,
	}, more...)...)
	x.DecidedAt, x.RunAt, x.FinishedAt = store.Time(decided), store.Time(run), store.Time(finished)
	x.Name = nameOf(text(display), text(family), text(given), text(company))
	return err
}

// People lists the people with an outcome ("" for queued), by id after a given one.
func (b *Book) People(ctx context.Context, r store.Reader, campaign int64, o delivery.Outcome, after int64, limit int) ([]Row, error) {
	return people(r.Query(ctx, sqlPeople, campaign, string(o), after, limit))
}

// Withheld lists the people whom a rule withheld, by id after a given one.
func (b *Book) Withheld(ctx context.Context, r store.Reader, campaign int64, rule law.RuleID, after int64, limit int) ([]Row, error) {
	return people(r.Query(ctx, sqlWithheld, campaign, string(rule), after, limit))
}

func people(rows *sql.Rows, err error) (out []Row, _ error) {
	if err != nil {
		return nil, fmt.Errorf("campaign: people: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var x Row
		if err := x.scan(rows); err != nil {
			return nil, fmt.Errorf("campaign: people: %w", err)
		}
		out = append(out, x)
	}
	return out, rows.Err()
}

// ProgressOf counts the people of several campaigns at once, as a map by campaign.
func (b *Book) ProgressOf(ctx context.Context, r store.Reader, campaigns []int64) (map[int64]Progress, error) {
	rows, err := r.Query(ctx, sqlCountsOf, store.In(campaigns))
	if err != nil {
		return nil, fmt.Errorf("campaign: progress: %w", err)
	}
	defer rows.Close()
	all := map[int64]Progress{}
	for rows.Next() {
		var id, n int64
		var outcome delivery.Outcome
		if err := rows.Scan(&id, &outcome, &n); err != nil {
			return nil, fmt.Errorf("campaign: progress: %w", err)
		}
		p := all[id]
		*p.of(outcome) += n
		all[id] = p
	}
	return all, rows.Err()
}

func nameOf(display, family, given, company string) string {
	switch {
	case display != "":
		return display
	case family != "" && given != "":
		return family + " " + given
	case family+given != "":
		return family + given
	}
	return company
}
