package contact

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/store"
)

// Ledger is what this room tells, and asks, the consent log.
type Ledger interface {
	// Imported records what an import brings, in the import's transaction. No two
	// permissions of one call are for the same address and topic, no call holds both a
	// permission and a refusal of one address, and the grants of an address stand
	// together.
	Imported(ctx context.Context, tx *store.Tx, grants []Grant) error
	// Suppressed says which address hashes of a workspace must not be mailed at
	// all or for some topic, as a set keyed by string(hash).
	Suppressed(ctx context.Context, r store.Reader, workspace int64, hashes [][]byte) (map[string]bool, error)
	// Merged records that a person's addresses now belong to another contact.
	Merged(ctx context.Context, tx *store.Tx, from, into int64, now time.Time) error
	// Erased records the erasure and destroys what the log holds about the person.
	// It is called while the contact and its addresses are still there.
	Erased(ctx context.Context, tx *store.Tx, c Contact, now time.Time) error
}

// Basis says which of the four ways of Article 3(1) of the mail law lets a sender
// mail an address (特定電子メール法3条1項1号–4号).
type Basis string

// The bases.
const (
	// Consent is 1号: asked for or agreed to beforehand.
	Consent Basis = "B1"
	// Notified is 2号: the person gave the address in writing (施行規則2条).
	Notified Basis = "B2"
	// Relationship is 3号: in business with the advertiser.
	Relationship Basis = "B3"
	// Published is 4号: an organisation, or somebody in business, that published it (施行規則3条).
	Published Basis = "B4"
)

// Valid says whether the basis is one of the four.
func (b Basis) Valid() bool {
	return b == Consent || b == Notified || b == Relationship || b == Published
}

// Grant is what one imported row says about one address: a permission with its
// basis, or, where RefusedAt is set, a refusal, which needs no basis.
type Grant struct {
	Workspace int64
	Contact   int64
	Address   int64
	// Fresh says that the address was made in this very transaction, so that nobody can
	// have said anything about it.
	Fresh bool
	// Person is the kind of a fresh address's person (Traits.Kind), 0 for others.
	Person    int64
	Hash      []byte
	Canonical string
	Shown     string
	// Topics are those chosen for the row; empty on a refusal means every topic.
	Topics []int64
	Basis  Basis
	// Source says where and how the address was obtained, in the operator's words.
	Source string
	// At is when the permission was obtained: the consent, the business card, the
	// last transaction, the capture of the page.
	At time.Time
	// Evidence names the proof: a text, a document or order number, a URL.
	Evidence string
	// Facts are what the basis rests on besides, nil where the person's word says all.
	Facts *BasisFacts
	// File is the name of the imported file, FileHash its SHA-256.
	File     string
	FileHash []byte
	// Line is the row's first line in the file, from 1.
	Line     int
	Job      int64
	Operator int64
	// RefusedAt is set when the row says that the person has refused.
	RefusedAt time.Time
	// Rule is the rule of law by which the refusal is recorded (OUT-05).
	Rule string
	// ReceivedAt is when the row was imported.
	ReceivedAt time.Time
}
