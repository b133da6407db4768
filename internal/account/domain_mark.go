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

// unanswered is the mark of what nobody answered.
const unanswered = "unknown"

// Green says whether this answer has SPF, DKIM and DMARC pass.
func (m Marks) Green() bool {
	return (m.SPF == "pass" || m.SPF == "outside") && m.DKIM == "pass" && m.DMARC == "pass"
}

// SetDomainMarks records what a look found that began at now. A mark that is unknown
// leaves the last answer as it was, so that a silence is neither a yes nor a no: only
// GreenAt grows old. A look that began earlier than the last one changes nothing.
func (b *Book) SetDomainMarks(ctx context.Context, tx *store.Tx, workspace int64, domain string, m Marks, now time.Time) error {
	had, err := scanDomain(tx.QueryRow(ctx, sqlDomain, workspace, domain).Scan)
	if err != nil {
		return failed("set domain marks", err)
	}
	if now.Before(had.Marks.LookedAt) {
		return nil
	}
	green := had.Marks.GreenAt
	if m.Green() {
		green = now
	}
	for _, x := range [...]struct{ now, before *string }{
		{&m.SPF, &had.Marks.SPF}, {&m.DKIM, &had.Marks.DKIM}, {&m.DMARC, &had.Marks.DMARC}, {&m.PTR, &had.Marks.PTR}, {&m.Reach, &had.Marks.Reach},
	} {
		if *x.now == unanswered || *x.now == "" {
			*x.now = *x.before
		}
	}
	_, err = tx.Exec(ctx, sqlDomainMarks, m.SPF, m.DKIM, m.DMARC, m.PTR, m.Reach, m.Plain, m.Seen, store.Micros(now), store.Micros(green), workspace, domain)
	return failed("set domain marks", err)
}

// SetDomainMixed records whether much mail of both kinds leaves from a domain.
func (b *Book) SetDomainMixed(ctx context.Context, tx *store.Tx, workspace int64, domain string, mixed bool) error {
	_, err := tx.Exec(ctx, sqlDomainMixed, mixed, workspace, domain, mixed)
	return failed("set domain mixed", err)
}
