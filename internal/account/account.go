package account

import (
	"fmt"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Book is the room's one service, safe for concurrent use.
type Book struct {
	db        *store.DB
	ring      *keyring.Ring
	passwords *hasher
	limits    limits
}

// New opens the book on a migrated database.
func New(db *store.DB, ring *keyring.Ring) *Book {
	return &Book{db: db, ring: ring, passwords: newHasher(), limits: newLimits()}
}

// The prefixes of public ids and of secrets.
const (
	WorkspacePrefix = "ws"
	OperatorPrefix  = "op"
	SessionPrefix   = "ses"
	KeyPrefix       = "key"
	ProfilePrefix   = "snd"
	AuditPrefix     = "aud"

	// SecretPrefixKey begins every API key, so that scanners of leaked secrets find it.
	SecretPrefixKey = "kyk"

	secretPrefixSession = "kys"
	secretPrefixLink    = "kyl"
)

// By is who does something, and from where.
type By struct {
	Actor Actor
	// Network is the address of the caller, for the audit log.
	Network string
}

// Operator is the operator who acts, 0 for programs and the machine.
func (b By) Operator() int64 {
	if b.Actor.Kind != ActorOperator {
		return 0
	}
	return b.Actor.ID
}

// failed names the verb in which an error came up; nil stays nil.
func failed(verb string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("account: %s: %w", verb, err)
}

// changed turns "no row was changed" into fault.NotFound.
func changed(n int64, err error) error {
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	return nil
}

// stamp is the next value of updated_at: never the one that was seen, however
// coarse the clock, so that a second edit of the same version is noticed.
func stamp(seen, now time.Time) time.Time {
	if next := seen.Add(time.Microsecond); now.Before(next) {
		return next
	}
	return now
}
