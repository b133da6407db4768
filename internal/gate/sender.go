package gate

import (
	"context"
	"fmt"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// sender is what a message would show of its sender, and whether it may.
type sender struct {
	profile int64
	facts   law.SenderFacts
}

// Sender says which rule about label and identity a profile breaks for a class,
// or "". Editors ask it long before a person is asked about.
func (g *Gate) Sender(ctx context.Context, r store.Reader, a Audience, c law.Class) (law.RuleID, error) {
	s, err := loadSender(ctx, r, a, g.clock())
	if err != nil {
		return "", fmt.Errorf("gate: sender: %w", err)
	}
	w, err := loadCompany(ctx, r, a.Workspace)
	if err != nil {
		return "", fmt.Errorf("gate: sender: %w", err)
	}
	found := g.rules.SenderFindings(&law.SendFacts{Now: g.clock(), Class: c, Channel: "mail", Sender: s.facts, Workspace: w.facts})
	if no := found.Block(); no != nil {
		return no.ID, nil
	}
	return "", nil
}

// loadSender reads the label and whether the From domain is the sender's own. A
// profile that is gone leaves both empty, and the law says no.
func loadSender(ctx context.Context, r store.Reader, a Audience, now time.Time) (sender, error) {
	s := sender{profile: a.Profile}
	var phone, email, url, from string
	err := r.QueryRow(ctx, sqlProfile, a.Profile, a.Workspace).
		Scan(&s.facts.Name, &s.facts.Address, &phone, &email, &url, &from)
	if fault.Is(err, fault.NotFound) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	s.facts.Contact = phone + email + url
	s.facts.Exit = true // the renderer puts it into every message of these classes
	mail, bad := addr.StoredMail(from)
	if bad != nil {
		return s, nil // no From is no proven From
	}
	s.facts.OwnDomain, s.facts.Identity, err = loadIdentity(ctx, r, a.Workspace, mail.Domain(), now)
	return s, err
}
