package inbound

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/store"
)

var _ Bouncer = (*Bounces)(nil)

const (
	// bounceTime is how long a dead address is left alone. After it a mailbox that
	// was set up anew can be written to, if the permission still stands.
	bounceTime = 180 * 24 * time.Hour
	// reportTime is how late a report may come: servers give up after five days.
	reportTime = 14 * 24 * time.Hour
)

// Bounces puts dead addresses on the suppression list.
type Bounces struct {
	DB       *store.DB
	Consents *consent.Log
	Gate     *gate.Gate
}

// Bounced implements Bouncer. A report is believed when it is about a message that
// was handed off lately, names that message's own recipient, and says that the
// mailbox or its domain does not exist; return paths can be guessed, so anything
// else is dropped.
func (b *Bounces) Bounced(ctx context.Context, r Bounce, now time.Time) error {
	if !Dead(r.Status) {
		return nil
	}
	return b.put(ctx, r.Message, r.Status, now, func(canonical string) bool { return names(r.Recipients, canonical) })
}

// Dead says whether an enhanced status code means that an address does not exist:
// no such mailbox, moved, no such domain (RFC 3463 3.2), or switched off (2.1).
func Dead(status string) bool {
	switch status {
	case "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1":
		return true
	}
	return false
}

// Suppress puts an address on the list because the receiving server called it dead
// while the message was handed over.
func (b *Bounces) Suppress(ctx context.Context, message int64, status string, now time.Time) error {
	return b.put(ctx, message, status, now, func(string) bool { return true })
}

func (b *Bounces) put(ctx context.Context, message int64, status string, now time.Time, believe func(canonical string) bool) error {
	var refused []consent.Refused
	err := b.DB.Write(ctx, func(tx *store.Tx) error {
		refused = nil
		s, canonical, ok, err := recipient(ctx, tx, message, now)
		if err != nil || !ok || !believe(canonical) {
			return err
		}
		s.Detail, s.ExpiresAt = status, now.Add(bounceTime)
		refused, err = b.Consents.AddSuppression(ctx, tx, s, now)
		return err
	})
	if err != nil {
		return fmt.Errorf("delivery: inbound: bounced: %w", err)
	}
	return b.Gate.Fence(ctx, refused)
}

// recipient finds whom a recent message went to; false if there is none such.
func recipient(ctx context.Context, r store.Reader, message int64, now time.Time) (consent.Suppression, string, bool, error) {
	s := consent.Suppression{Kind: consent.SuppressionBounce, Source: "bounce"}
	var canonical string
	err := r.QueryRow(ctx, sqlRecipient, message, store.Micros(now.Add(-reportTime))).
		Scan(&s.Workspace, &s.Channel, &s.AddressHash, &canonical)
	if fault.Is(err, fault.NotFound) {
		return s, "", false, nil
	}
	return s, canonical, err == nil && s.Channel == addr.Email, err
}

// names says whether one of the report's recipients is the address.
func names(recipients []string, canonical string) bool {
	for _, text := range recipients {
		m, err := addr.StoredMail(strings.TrimSpace(text))
		if err == nil && canonical != "" && string(m.Canonical()) == canonical {
			return true
		}
	}
	return false
}
