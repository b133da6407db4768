package duty

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Promise is what a topic promised against what was sent.
type Promise struct {
	Topic consent.Topic
	// Sent are the campaigns of the topic in the promised period that ends now, and Before
	// those of the period before it.
	Sent, Before int64
}

// Exceeded says whether more was sent than promised.
func (p Promise) Exceeded() bool {
	return p.Topic.Promise.Count > 0 && max(p.Sent, p.Before) > int64(p.Topic.Promise.Count)
}

// Promises holds every open topic's promise against its campaigns.
func (d *Desk) Promises(ctx context.Context, r store.Reader, workspace int64, now time.Time) ([]Promise, error) {
	topics, err := d.Consents.Topics(ctx, r, workspace, false)
	if err != nil {
		return nil, failed("promises", err)
	}
	out := make([]Promise, 0, len(topics))
	for _, t := range topics {
		p := Promise{Topic: t}
		begin := t.Promise.Period.Before(now)
		if err := r.QueryRow(ctx, sqlSentOf, workspace, t.ID, store.Micros(begin), store.Micros(now)).Scan(&p.Sent); err != nil {
			return nil, failed("promises", err)
		}
		if err := r.QueryRow(ctx, sqlSentOf, workspace, t.ID, store.Micros(t.Promise.Period.Before(begin)), store.Micros(begin)).Scan(&p.Before); err != nil {
			return nil, failed("promises", err)
		}
		out = append(out, p)
	}
	return out, nil
}

// Share is how many live permissions rest on a basis, with evidence of a grade.
type Share struct {
	Basis, Grade string
	Count        int64
}

// Shares counts live permissions by basis and grade.
func (d *Desk) Shares(ctx context.Context, r store.Reader, workspace int64) ([]Share, error) {
	rows, err := r.Query(ctx, sqlShares, workspace)
	all, err := collect(rows, err, func(scan func(...any) error) (Share, error) {
		var s Share
		err := scan(&s.Basis, &s.Grade, &s.Count)
		return s, err
	})
	return all, failed("shares", err)
}

// Ending counts live permissions that run out within some time.
func (d *Desk) Ending(ctx context.Context, r store.Reader, workspace int64, within time.Duration, now time.Time) (n int64, err error) {
	err = r.QueryRow(ctx, sqlEnding, workspace, store.Micros(now), store.Micros(now.Add(within))).Scan(&n)
	return n, failed("ending", err)
}

// Useless counts people for whom nothing is left that their data are held for: no
// permission, none asked for, and nothing said or sent for a year.
func (d *Desk) Useless(ctx context.Context, r store.Reader, workspace int64, now time.Time) (n int64, err error) {
	year := store.Micros(now.AddDate(-1, 0, 0))
	err = r.QueryRow(ctx, sqlUseless, workspace, year, year).Scan(&n)
	return n, failed("useless", err)
}

// UselessFindings is what the law says when such people are there.
func (d *Desk) UselessFindings(n int64, now time.Time) law.Findings {
	return d.Rules.Retention(&law.RetentionFacts{Now: now, Reach: law.JP, Act: "watch", HashKept: true, Useless: n > 0})
}
