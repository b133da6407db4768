package inbound

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/emersion/go-msgauth/dkim"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Wishes takes refusals that bring no token, by the address that they come from.
type Wishes struct {
	DB      *store.DB
	Ring    *keyring.Ring
	Refuser Refuser
	// TXT looks a name up, for the keys of signatures; nil believes nobody.
	TXT func(ctx context.Context, name string) ([]string, error)
}

// maxSignatures bounds how many signatures of one mail are looked at.
const maxSignatures = 5

// Refuse stops everything to the author of a mail, in one workspace or, if that is 0,
// in all that know the address. It is false, and nothing happens, unless the mail is
// signed (DKIM) by the domain of its From: without that anybody could write it.
func (w *Wishes) Refuse(ctx context.Context, workspace int64, from string, mail []byte, now time.Time) (bool, error) {
	m, err := addr.StoredMail(from)
	if err != nil || !w.genuine(ctx, m.Domain(), mail) {
		return false, nil //nolint:nilerr // an address that cannot be is nobody's
	}
	tokens, err := w.tokens(ctx, workspace, m, now)
	if err != nil {
		return false, fmt.Errorf("delivery: inbound: wish: %w", err)
	}
	for _, token := range tokens {
		if err := w.Refuser.RefuseByMail(ctx, token, now); err != nil {
			return false, err
		}
	}
	return len(tokens) > 0, nil
}

// tokens makes the exits that the person could have used.
func (w *Wishes) tokens(ctx context.Context, only int64, m addr.Mail, now time.Time) ([]string, error) {
	workspaces, err := store.IDs(w.DB.Query(ctx, sqlWorkspaces))
	if err != nil {
		return nil, err
	}
	var tokens []string
	for _, ws := range workspaces {
		if only != 0 && ws != only {
			continue
		}
		var address int64
		hash := w.Ring.AddressHash(ws, string(addr.Email), string(m.Canonical()))
		err := w.DB.QueryRow(ctx, sqlAddressByHash, ws, hash).Scan(&address)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, w.Ring.Sign(keyring.Token{Purpose: keyring.Unsubscribe, Workspace: ws, Address: address, IssuedAt: now}))
	}
	return tokens, nil
}

// genuine says whether a signature over the whole mail holds whose domain is the
// author's or one above it (relaxed alignment, RFC 7489 3.1.1).
func (w *Wishes) genuine(ctx context.Context, domain string, mail []byte) bool {
	if w.TXT == nil || domain == "" {
		return false
	}
	found, err := dkim.VerifyWithOptions(bytes.NewReader(mail), &dkim.VerifyOptions{
		LookupTXT:        func(name string) ([]string, error) { return w.TXT(ctx, name) },
		MaxVerifications: maxSignatures,
	})
	if err != nil && len(found) == 0 {
		return false
	}
	for _, v := range found {
		if v.Err == nil && aligned(v.Domain, domain) && oneFrom(mail) {
			return true
		}
	}
	return false
}

func aligned(signer, author string) bool {
	signer, author = strings.ToLower(signer), strings.ToLower(author)
	return strings.Contains(signer, ".") && (author == signer || strings.HasSuffix(author, "."+signer))
}

// oneFrom says whether a mail has one author only: a second From could be the signed one.
func oneFrom(mail []byte) bool {
	head, _, _ := bytes.Cut(mail, []byte("\r\n\r\n"))
	n := 0
	for line := range bytes.Lines(head) {
		name, _, ok := bytes.Cut(line, []byte(":"))
		if ok && line[0] != ' ' && line[0] != '\t' && strings.EqualFold(strings.TrimSpace(string(name)), "from") {
			n++
		}
	}
	return n == 1
}
