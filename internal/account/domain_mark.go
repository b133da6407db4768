package account

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/store"
)

// Marks are how a domain stands in the domain name system, in the words of the law's
// facts ("pass", "outside", "missing", "fail", "unknown").
type Marks struct {
	SPF, DKIM, DMARC, PTR, Reach string
	// At is when each of them was last answered for.
	At MarkTimes
	// Plain says that mail leaves to a relay without TLS.
	Plain bool
	// Mixed says that much advertising and much transactional mail come from it.
	Mixed bool
	// Seen is what each mark rests on, as JSON of whoever looked.
	Seen string
	// LookedAt is the last question; GreenAt the last answer in which SPF, DKIM and
	// DMARC all passed. Zero is never.
	LookedAt, GreenAt time.Time
}

// MarkTimes are when the marks of a domain were last answered for; zero is never.
type MarkTimes struct{ SPF, DKIM, DMARC, PTR, Reach time.Time }

// unanswered is the mark of what nobody answered.
const unanswered = "unknown"

// Green says whether this answer has SPF, DKIM and DMARC pass.
func (m Marks) Green() bool {
	return (m.SPF == "pass" || m.SPF == "outside") && m.DKIM == "pass" && m.DMARC == "pass"
}

// SetDomainMarks records what a look found that began at now. A mark that is unknown
// leaves the last answer as it was, so that a silence is neither a yes nor a no: only its
// time grows old. A look that began earlier than the last one changes nothing.
func (b *Book) SetDomainMarks(ctx context.Context, tx *store.Tx, workspace int64, domain string, m Marks, now time.Time) error {
	had, err := scanDomain(tx.QueryRow(ctx, sqlHoldDomain, workspace, domain).Scan)
	if err != nil {
		return failed("set domain marks", err)
	}
	if now.Before(had.Marks.LookedAt) {
		return nil
	}
	m.LookedAt, m.GreenAt = now, had.Marks.GreenAt
	if m.Green() {
		m.GreenAt = now
	}
	m.keep(&had.Marks, now)
	_, err = tx.Exec(ctx, sqlDomainMarks, m.SPF, m.DKIM, m.DMARC, m.PTR, m.Reach,
		store.Micros(m.At.SPF), store.Micros(m.At.DKIM), store.Micros(m.At.DMARC), store.Micros(m.At.PTR), store.Micros(m.At.Reach),
		m.Plain, m.Seen, store.Micros(m.LookedAt), store.Micros(m.GreenAt), workspace, domain)
	return failed("set domain marks", err)
}

// keep dates the marks that were answered now, and takes the others from the answers before.
func (m *Marks) keep(before *Marks, now time.Time) {
	for _, x := range [...]struct {
		mark, had *string
		at, hadAt *time.Time
	}{
		{&m.SPF, &before.SPF, &m.At.SPF, &before.At.SPF},
		{&m.DKIM, &before.DKIM, &m.At.DKIM, &before.At.DKIM},
		{&m.DMARC, &before.DMARC, &m.At.DMARC, &before.At.DMARC},
		{&m.PTR, &before.PTR, &m.At.PTR, &before.At.PTR},
		{&m.Reach, &before.Reach, &m.At.Reach, &before.At.Reach},
	} {
		if *x.mark == unanswered || *x.mark == "" {
			*x.mark, *x.at = *x.had, *x.hadAt
		} else {
			*x.at = now
		}
	}
}

// SetDomainMixed records whether much mail of both kinds leaves from a domain.
func (b *Book) SetDomainMixed(ctx context.Context, tx *store.Tx, workspace int64, domain string, mixed bool) error {
	_, err := tx.Exec(ctx, sqlDomainMixed, mixed, workspace, domain, mixed)
	return failed("set domain mixed", err)
}
