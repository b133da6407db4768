package preference

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/i18n"
)

// About is the page of a sender: who they are, what they send, how to say no.
type About struct {
	Sender Sender
	Zone   *time.Location
	Topics []Offer
	// Purposes are the purposes of use as they read now.
	Purposes []string
	// LogKey verifies the sender's consent log; empty while it has no checkpoint.
	LogKey string
}

// About reads the page of a workspace by its slug; fault.NotFound if there is none.
func (d *Desk) About(ctx context.Context, slug string, lang i18n.Lang) (About, error) {
	ws, err := d.Accounts.WorkspaceBySlug(ctx, d.DB, slug)
	if err != nil {
		return About{}, failed("about", err)
	}
	out := About{Sender: senderOf(ws, ws.Label, lang), Zone: ws.Location()}
	topics, err := d.Consents.Topics(ctx, d.DB, ws.ID, false)
	if err != nil {
		return About{}, failed("about", err)
	}
	for _, t := range topics {
		if !t.Public {
			continue
		}
		o, err := d.offer(ctx, d.DB, t, lang)
		if err != nil {
			return About{}, failed("about", err)
		}
		out.Topics = append(out.Topics, o)
	}
	words, err := d.Consents.Wordings(ctx, d.DB, ws.ID)
	if err != nil {
		return About{}, failed("about", err)
	}
	for _, w := range words {
		if w.Kind == consent.WordingPurpose {
			out.Purposes = append(out.Purposes, w.Text(lang))
		}
	}
	head, err := d.Consents.Head(ctx, d.DB, ws.ID)
	out.LogKey = head.VerifierKey
	return out, failed("about", err)
}
