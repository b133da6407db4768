package provision

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/kyodaku/kyodaku/internal/store"
)

// Recipients lists the recipients of a workspace, archived ones too, the oldest first.
func (s *Runs) Recipients(ctx context.Context, r store.Reader, workspace int64) ([]Recipient, error) {
	ids, err := store.IDs(r.Query(ctx, sqlRecipients, workspace))
	if err != nil {
		return nil, failed("recipients", err)
	}
	out := make([]Recipient, 0, len(ids)) // a company has a handful
	for _, id := range ids {
		one, err := s.Recipient(ctx, r, workspace, id)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

// Recipient reads a recipient as it stands.
func (s *Runs) Recipient(ctx context.Context, r store.Reader, workspace, id int64) (Recipient, error) {
	one, _, err := s.recipient(ctx, r, workspace, id)
	return one, failed("recipient", err)
}

func (s *Runs) recipient(ctx context.Context, r store.Reader, workspace, id int64) (Recipient, Secrets, error) {
	one := Recipient{ID: id, Workspace: workspace}
	var sealed []byte
	var terms string
	var created, updated, archived int64
	err := r.QueryRow(ctx, sqlRecipient, id, workspace).Scan(&one.Version, &sealed, &created, &updated, &archived, &terms)
	if err != nil {
		return Recipient{}, Secrets{}, err
	}
	one.CreatedAt, one.UpdatedAt, one.ArchivedAt = store.Time(created), store.Time(updated), store.Time(archived)
	if err := json.Unmarshal([]byte(terms), &one.RecipientTerms); err != nil {
		return Recipient{}, Secrets{}, fmt.Errorf("terms: %w", err)
	}
	x, err := s.unseal(sealed)
	one.HasSecrets = x.names()
	return one, x, err
}

// RecipientVersions lists what stood of a recipient, the oldest first.
func (s *Runs) RecipientVersions(ctx context.Context, r store.Reader, workspace, id int64) ([]RecipientVersion, error) {
	rows, err := r.Query(ctx, sqlTerms, id, workspace)
	if err != nil {
		return nil, failed("recipient versions", err)
	}
	defer rows.Close()
	var out []RecipientVersion
	for rows.Next() {
		var v RecipientVersion
		var text string
		var at int64
		if err := rows.Scan(&v.Number, &text, &at, &v.CreatedBy); err != nil {
			return nil, failed("recipient versions", err)
		}
		if err := json.Unmarshal([]byte(text), &v.Terms); err != nil {
			return nil, failed("recipient versions", err)
		}
		v.CreatedAt = store.Time(at)
		out = append(out, v)
	}
	return out, failed("recipient versions", rows.Err())
}
