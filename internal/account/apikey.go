package account

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Scope is one thing an API key may do.
type Scope string

// The scopes.
const (
	ContactsRead   Scope = "contacts:read"
	ContactsWrite  Scope = "contacts:write"
	ConsentRead    Scope = "consent:read"
	ConsentWrite   Scope = "consent:write"
	TopicsRead     Scope = "topics:read"
	TopicsWrite    Scope = "topics:write"
	FormsRead      Scope = "forms:read"
	FormsWrite     Scope = "forms:write"
	CampaignsRead  Scope = "campaigns:read"
	CampaignsWrite Scope = "campaigns:write"
	MessagesSend   Scope = "messages:send"
	ReportsRead    Scope = "reports:read"
	WebhooksWrite  Scope = "webhooks:write"
	AuditRead      Scope = "audit:read"
	ProvisionRead  Scope = "provision:read"
	ProvisionWrite Scope = "provision:write"
)

// Scopes lists all scopes.
func Scopes() []Scope {
	return []Scope{
		ContactsRead, ContactsWrite, ConsentRead, ConsentWrite, TopicsRead, TopicsWrite, FormsRead, FormsWrite,
		CampaignsRead, CampaignsWrite, MessagesSend, ReportsRead, WebhooksWrite, AuditRead,
		ProvisionRead, ProvisionWrite,
	}
}

// Valid says whether the scope is one of ours.
func (s Scope) Valid() bool { return slices.Contains(Scopes(), s) }

// maxKeyLife is the longest life of a key: a forgotten one ends by itself.
const maxKeyLife = 366 * 24 * time.Hour

// APIKey is a key for programs. Its secret is shown once and not kept.
type APIKey struct {
	ID        int64
	Workspace int64
	Name      string
	// Hint is the beginning of the secret, to tell keys apart.
	Hint      string
	Scopes    []Scope
	CreatedBy int64
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    time.Time
	RevokedAt time.Time
}

// Allows says whether the key has a scope.
func (k APIKey) Allows(s Scope) bool { return slices.Contains(k.Scopes, s) }

// By is the key as the actor, calling from a network.
func (k APIKey) By(network string) By { return By{Actor{ActorAPIKey, k.ID}, network} }

// KeyForm asks for a key. Wrong fields are name, scopes and expires_at.
type KeyForm struct {
	Name   string
	Scopes []Scope
	// ExpiresAt is at most a year away.
	ExpiresAt time.Time
}

// CreateAPIKey makes a key and returns its secret, kyk_….
func (b *Book) CreateAPIKey(ctx context.Context, by By, workspace int64, f KeyForm, now time.Time) (string, APIKey, error) {
	var c checker
	name := c.must("name", f.Name, maxName)
	scopes := slices.Compact(slices.Sorted(slices.Values(f.Scopes)))
	if len(scopes) == 0 || slices.ContainsFunc(scopes, func(s Scope) bool { return !s.Valid() }) {
		c.bad("scopes", "account.key.scopes")
	}
	if !f.ExpiresAt.After(now) || f.ExpiresAt.After(now.Add(maxKeyLife)) {
		c.bad("expires_at", "account.key.expiry")
	}
	if err := c.fields.Err(); err != nil {
		return "", APIKey{}, err
	}
	secret := keyring.Secret(SecretPrefixKey)
	k := APIKey{Workspace: workspace, Name: name, Hint: secret[:len(SecretPrefixKey)+5], Scopes: scopes, CreatedAt: now, ExpiresAt: f.ExpiresAt}
	err := b.db.Write(ctx, func(tx *store.Tx) error {
		if err := require(ctx, tx, by, workspace, ManageSettings); err != nil {
			return err
		}
		return insertKey(ctx, tx, by, &k, secret)
	})
	if err != nil {
		return "", APIKey{}, failed("create api key", err)
	}
	return secret, k, nil
}

func insertKey(ctx context.Context, tx *store.Tx, by By, k *APIKey, secret string) error {
	var err error
	if k.ID, err = tx.NewID(ctx); err != nil {
		return err
	}
	k.CreatedBy = by.Actor.ID
	if by.Actor.Kind != ActorOperator { // a key made at the machine belongs to the first owner
		if err := tx.QueryRow(ctx, sqlFirstOwner, k.Workspace).Scan(&k.CreatedBy); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, sqlAddKey, k.ID, k.Workspace, k.Name, keyring.SecretHash(secret), k.Hint, joinScopes(k.Scopes), k.CreatedBy,
		store.Micros(k.CreatedAt), store.Micros(k.ExpiresAt))
	if err != nil {
		return err
	}
	e := Entry{Workspace: k.Workspace, Action: "api_key.create", Subject: Subject{"api_key", k.ID}, Detail: map[string]any{"scopes": k.Scopes}}
	return note(ctx, tx, by, e, k.CreatedAt)
}

func joinScopes(scopes []Scope) string {
	words := make([]string, len(scopes))
	for i, s := range scopes {
		words[i] = string(s)
	}
	return strings.Join(words, " ")
}

// APIKeys lists a workspace's keys, the newest first, the ended ones too.
func (b *Book) APIKeys(ctx context.Context, workspace int64) ([]APIKey, error) {
	rows, err := b.db.Query(ctx, sqlKeys, workspace)
	if err != nil {
		return nil, failed("api keys", err)
	}
	list, err := collect(rows, scanKey)
	return list, failed("api keys", err)
}

// RevokeAPIKey ends a key at once.
func (b *Book) RevokeAPIKey(ctx context.Context, by By, workspace, id int64, now time.Time) error {
	err := b.db.Write(ctx, func(tx *store.Tx) error {
		if err := require(ctx, tx, by, workspace, ManageSettings); err != nil {
			return err
		}
		if err := changed(tx.Exec(ctx, sqlRevokeKey, store.Micros(now), id, workspace)); err != nil {
			return err
		}
		return note(ctx, tx, by, Entry{Workspace: workspace, Action: "api_key.revoke", Subject: Subject{"api_key", id}}, now)
	})
	return failed("revoke api key", err)
}

// APIKeyBySecret reads a key that works and remembers that it was used. A forged,
// ended or revoked one is fault.Unauthenticated.
func (b *Book) APIKeyBySecret(ctx context.Context, secret string, now time.Time) (APIKey, error) {
	if !strings.HasPrefix(secret, SecretPrefixKey+"_") {
		return APIKey{}, fault.New(fault.Unauthenticated, "account.key.ended")
	}
	k, err := scanKey(b.db.QueryRow(ctx, sqlKeyBySecret, keyring.SecretHash(secret), store.Micros(now)).Scan)
	if fault.Is(err, fault.NotFound) {
		return APIKey{}, fault.New(fault.Unauthenticated, "account.key.ended")
	}
	if err != nil || now.Sub(k.UsedAt) < touchEvery {
		return k, failed("api key", err)
	}
	err = b.db.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, sqlTouchKey, store.Micros(now), k.ID, store.Micros(now))
		return err
	})
	if err != nil && !fault.Is(err, fault.Busy) { // as for sessions: the next use tries again
		return APIKey{}, failed("api key", err)
	}
	return k, nil
}

func scanKey(scan func(...any) error) (APIKey, error) {
	var k APIKey
	var scopes string
	var created, expires, used, revoked int64
	err := scan(&k.ID, &k.Workspace, &k.Name, &k.Hint, &scopes, &k.CreatedBy, &created, &expires, &used, &revoked)
	for s := range strings.FieldsSeq(scopes) {
		k.Scopes = append(k.Scopes, Scope(s))
	}
	k.CreatedAt, k.ExpiresAt, k.UsedAt, k.RevokedAt = store.Time(created), store.Time(expires), store.Time(used), store.Time(revoked)
	return k, err
}
