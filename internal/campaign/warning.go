package campaign

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/law"
)

// fieldAudience is the field of findings about the people a campaign goes to.
const fieldAudience = "audience"

// WarningsOf are the warnings of the law about people whom a campaign may go to, as
// findings that somebody must answer for before it leaves (place send). Each counts the
// people.
func (b *Book) WarningsOf(f Forecast) (out []Finding) {
	for _, w := range f.Warnings {
		rule, ok := b.Gate.Rules().Entry(w.Rule, law.Warn)
		if !ok {
			continue
		}
		out = append(out, Finding{Severity: compose.Amber, Field: fieldAudience, Rule: w.Rule, Law: rule, People: w.Count, Repair: RequestApproval})
	}
	if !f.Complete { // what is not known of somebody is answered for too
		out = append(out, Finding{Severity: compose.Amber, Field: fieldAudience, Key: "campaign.guard.unforeseen", Repair: RequestApproval})
	}
	return out
}

// answerable is everything that somebody answers for who sends a draft, or approves it:
// what the check finds in the message, and what the law warns of about its people.
func (b *Book) answerable(ctx context.Context, c Campaign, now time.Time) ([]Finding, error) {
	findings, err := b.check(ctx, b.DB, c, 0, now)
	if err != nil || Red(findings) {
		return findings, err // what may not go at all needs no count of people
	}
	f, err := b.Forecast(ctx, b.DB, c, ForecastMost, now)
	if err != nil {
		return nil, err
	}
	return b.CheckFor(ctx, b.DB, c, f)
}
