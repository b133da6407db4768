package campaign

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/store"
)

// frozen is the part of a version that stands in its label column: everything
// about sender and topic as it was, so that a resend is identical.
type frozen struct {
	Label     compose.Label `json:"label"`
	TopicKey  string        `json:"topic_key"`
	TopicName string        `json:"topic_name"`
	FromName  string        `json:"from_name"`
	From      string        `json:"from"`
	ReplyTo   string        `json:"reply_to,omitempty"`
	Slug      string        `json:"slug"`
}

// freeze stores the draft as a version that never changes.
func (b *Book) freeze(ctx context.Context, tx *store.Tx, by account.By, c Campaign, now time.Time) (int64, error) {
	f, err := b.frozenOf(ctx, tx, c)
	if err != nil {
		return 0, err
	}
	label, err := json.Marshal(f)
	if err != nil {
		return 0, fmt.Errorf("campaign: freeze: %w", err)
	}
	id, err := tx.NewID(ctx)
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, sqlFreeze, id, c.ID, string(c.Lang), c.Subject, c.Preheader, string(c.Kind), c.Body,
		string(c.Class), c.Topic, string(label), hashOf(c, label), store.Micros(now), by.Operator())
	return id, err
}

func (b *Book) frozenOf(ctx context.Context, r store.Reader, c Campaign) (frozen, error) {
	topic, err := b.Consent.TopicByID(ctx, r, c.Workspace, c.Topic)
	if err != nil {
		return frozen{}, err
	}
	profile, err := b.Accounts.ProfileByID(ctx, r, c.Workspace, c.Profile)
	if err != nil {
		return frozen{}, err
	}
	ws, err := b.Accounts.WorkspaceByID(ctx, r, c.Workspace)
	if err != nil {
		return frozen{}, err
	}
	f := frozen{
		Label: labelOf(profile, ws, c), TopicKey: topic.Key, TopicName: topic.Name(c.Lang),
		FromName: profile.FromName, From: profile.FromAddress.String(), Slug: ws.Slug,
	}
	if !profile.ReplyTo.IsZero() {
		f.ReplyTo = profile.ReplyTo.String()
	}
	return f, nil
}

// hashOf names a version by its whole content.
func hashOf(c Campaign, label []byte) []byte {
	h := sha256.New()
	for _, part := range []string{string(c.Lang), c.Subject, c.Preheader, string(c.Kind), c.Body, string(c.Class), string(label), string(c.Part.Mode), strconv.Itoa(int(c.Part.Reach))} {
		fmt.Fprintf(h, "%d:%s,", len(part), part)
	}
	return h.Sum(nil)
}
