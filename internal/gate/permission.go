package gate

import (
	"context"
	"strings"
	"time"

	"golang.org/x/text/width"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// basis is what a permission rests on besides the person's word; known is false when
// nobody showed anything.
type basis struct {
	contact.BasisFacts
	known bool
}

// bases reads the facts of those permissions that did not come by the person's own act:
// of the others there are none.
func (g *Gate) bases(ctx context.Context, r store.Reader, standings []consent.Standing) (map[int64]contact.BasisFacts, error) {
	var events []int64
	for i := range standings {
		if s := &standings[i].State; s.Status == consent.StatusGiven && (s.OwnEvent == 0 || s.Basis != consent.BasisConsent) {
			events = append(events, s.Event)
		}
	}
	if len(events) == 0 {
		return nil, nil
	}
	return g.consent.BasisFacts(ctx, r, events)
}

// permission is what the log says of the address and topic, at this time.
func (f *facts) permission(q Request, s *consent.Standing, b *basis, now time.Time) law.Permission {
	begun := s.State.Since
	if last := b.LastTransaction; !last.IsZero() && s.State.Basis == consent.BasisRelationship {
		begun = last
	}
	p := law.Permission{
		State: string(s.State.Status), Basis: string(s.State.Basis), Recorded: s.State.Event != 0,
		Months:         law.Months(begun, now),
		QuietMonths:    law.Months(later(begun, s.Every.Since), now),
		RunOut:         !s.State.ValidUntil.IsZero() && !now.Before(s.State.ValidUntil),
		Paused:         now.Before(later(s.State.PausedUntil, s.Every.PausedUntil)),
		GivenTo:        f.givenTo(q, s, b),
		Counterparty:   f.counterparty(s, b),
		Express:        express(s, b),
		Soft:           soft(s, b),
		OwnSimilar:     b.OwnSimilar || b.Charity,
		RefusalOffered: b.RefusalOffered,
		CollectedOn:    law.Day(s.State.Since),
	}
	p.Casl = b.Implied
	if p.Express {
		p.Casl = "express"
	}
	p.LimitReached = f.full(q, s, now)
	return p
}

// express says whether the person agreed in so many words, so that the sender can show it
// (UWG 7(2), CASL 13): by an own act on our pages, which show what is agreed to, or where
// whoever brought the consent says that much of it. That somebody is on a list of
// consents, "B1" alone, is no such word.
func express(s *consent.Standing, b *basis) bool {
	if s.State.Basis != consent.BasisConsent || s.State.Status != consent.StatusGiven {
		return false
	}
	return s.State.OwnEvent != 0 || b.Express || b.DoubleOptIn
}

// soft is the customer exception that the facts of a basis speak of.
func soft(s *consent.Standing, b *basis) string {
	switch {
	case b.Charity:
		return "charity"
	case s.State.Basis == consent.BasisRelationship && (b.Transaction != "" || !b.LastTransaction.IsZero()):
		return "sale"
	}
	return ""
}

// givenTo is whom a consent was given to: as its record says, else the sender that the
// topic belongs to.
func (f *facts) givenTo(q Request, s *consent.Standing, b *basis) string {
	name := b.Entity
	if name == "" {
		t := f.topics[q.Topic]
		if t.profile == f.sender.profile || t.profile == 0 {
			return "sender"
		}
		name = t.legalName
	}
	if s.State.Basis != consent.BasisConsent || f.isSender(name) {
		return "sender"
	}
	return "other"
}

// counterparty is with whom the business of B3 is.
func (f *facts) counterparty(s *consent.Standing, b *basis) string {
	switch {
	case s.State.Basis != consent.BasisRelationship:
		return ""
	case !b.known:
		return "unstated"
	case b.Counterparty == "" || f.isSender(b.Counterparty):
		return "advertiser"
	}
	return "other"
}

// isSender says whether a legal name is that of the one who sends.
func (f *facts) isSender(name string) bool {
	return sameName(name, f.sender.facts.Name) || sameName(name, f.company.legalName)
}

// sameName compares legal names without spaces and forms of width.
func sameName(a, b string) bool {
	fold := func(s string) string { return strings.Join(strings.Fields(width.Fold.String(s)), "") }
	return a == b || fold(a) == fold(b)
}

// published is what is known of the page that B4 rests on.
func published(b *basis, now time.Time) law.Published {
	p := law.Published{Refuses: "unknown", Relevant: b.RelevantToRole}
	switch {
	case b.PageRefuses:
		p.Refuses = "yes"
	case !b.PageCaptured.IsZero():
		p.Refuses = "no"
	}
	if !b.PageCaptured.IsZero() {
		p.CheckedDays = int(now.Sub(b.PageCaptured) / (24 * time.Hour))
	}
	return p
}
