package delivery

import (
	"context"
	"crypto"
	"crypto/rsa"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/dkim"
	"github.com/kyodaku/kyodaku/internal/delivery/dkim/libcrypto"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
)

// sealUse binds sealed DKIM keys to their use.
const sealUse = "dkim"

// keyMemory is how long loaded keys are used before the table is read again.
const keyMemory = time.Minute

// Keys makes, keeps and uses the DKIM keys of sending domains. It is safe for
// concurrent use.
type Keys struct {
	db   *store.DB
	ring *keyring.Ring
	// fast signs RSA where the machine has the library; nil means Go does.
	fast *libcrypto.Library

	mu     sync.Mutex
	stamps map[domainOf]stamp
}

type domainOf struct {
	workspace int64
	domain    string
}

type stamp struct {
	*dkim.Stamp
	at time.Time
}

// NewKeys opens the keys of a database. They sign with libcrypto where it is
// there and proves itself, else with the standard library.
func NewKeys(db *store.DB, ring *keyring.Ring) *Keys {
	k := &Keys{db: db, ring: ring, stamps: map[domainOf]stamp{}}
	if library, err := libcrypto.Open(); err == nil {
		k.fast = library
	}
	return k
}

// Arithmetic says by what RSA signatures are computed.
type Arithmetic string

// The arithmetics.
const (
	// Fastest is libcrypto where it is there, else the standard library.
	Fastest   Arithmetic = "auto"
	Libcrypto Arithmetic = "libcrypto"
	Standard  Arithmetic = "go"
)

var (
	errNoLibcrypto = errors.New("delivery: libcrypto is not on this machine, or left out of this build")
	errArithmetic  = errors.New("delivery: no such signer")
)

// Use has the keys computed with by a chosen arithmetic; call it before the first
// signature. It is an error to ask for what is not there.
func (k *Keys) Use(a Arithmetic) error {
	switch a {
	case Fastest:
	case Standard:
		k.fast = nil
	case Libcrypto:
		if k.fast == nil {
			return errNoLibcrypto
		}
	default:
		return fmt.Errorf("%w: %q", errArithmetic, a)
	}
	return nil
}

// SignerName tells by whose arithmetic RSA is signed: libcrypto or go.
func (k *Keys) SignerName() string {
	if k.fast != nil {
		return k.fast.Name()
	}
	return string(Standard)
}

// Unsigned is a Signer that leaves messages as they are, for a relay that signs.
type Unsigned struct{}

// Sign implements Signer.
func (Unsigned) Sign(_ context.Context, _ int64, _ string, dst, message []byte, _ time.Time) ([]byte, error) {
	return append(dst, message...), nil
}

// signer chooses the arithmetic for a key.
func (k *Keys) signer(private crypto.Signer) (dkim.Signer, error) {
	key, ok := private.(*rsa.PrivateKey)
	if !ok || k.fast == nil {
		return dkim.Go(private), nil
	}
	return k.fast.Signer(key)
}

// Fresh is a new RSA-2048 key with the arithmetic in use, for measuring it.
func (k *Keys) Fresh() (dkim.Signer, error) {
	private, err := dkim.Generate(dkim.RSASHA256)
	if err != nil {
		return nil, fmt.Errorf("delivery: fresh key: %w", err)
	}
	return k.signer(private)
}

// Record is a DNS record to publish for a key.
type Record struct {
	// Name is the record's full name, Value its text.
	Name, Value string
	Algorithm   dkim.Algorithm
	// State is where its key stands; an old one may go from the zone at Until.
	State KeyState
	Until time.Time
}

// Ensure makes an RSA-2048 and an Ed25519 key for a domain that has none.
func (k *Keys) Ensure(ctx context.Context, tx *store.Tx, workspace int64, domain string, now time.Time) error {
	if err := lockKeys(ctx, tx, domainOf{workspace, domain}); err != nil {
		return fmt.Errorf("delivery: ensure keys: %w", err)
	}
	var have int64
	if err := tx.QueryRow(ctx, sqlCountKeys, workspace, domain).Scan(&have); err != nil || have > 0 {
		return err
	}
	return k.pair(ctx, tx, domainOf{workspace, domain}, now, now)
}

func (k *Keys) create(ctx context.Context, tx *store.Tx, of domainOf, a dkim.Algorithm, used, now time.Time) error {
	key, err := dkim.Generate(a)
	if err != nil {
		return err
	}
	pem, err := dkim.MarshalPEM(key)
	if err != nil {
		return err
	}
	record, err := dkim.Record(key.Public())
	if err != nil {
		return err
	}
	id, err := tx.NewID(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlPutKey, id, of.workspace, of.domain, selector(a, now), string(a), k.ring.Seal(sealUse, pem), record,
		store.Micros(now), store.Micros(used))
	return err
}

// Records lists the DNS records of a domain's keys.
func (k *Keys) Records(ctx context.Context, r store.Reader, workspace int64, domain string) ([]Record, error) {
	rows, err := r.Query(ctx, sqlKeyRecords, workspace, domain)
	if err != nil {
		return nil, fmt.Errorf("delivery: keys: %w", err)
	}
	defer rows.Close()
	var out []Record
	for rows.Next() {
		var selector, text string
		var used, replaced int64
		var rec Record
		if err := rows.Scan(&selector, &rec.Algorithm, &text, &used, &replaced); err != nil {
			return nil, fmt.Errorf("delivery: keys: %w", err)
		}
		if rec.State = keyState(used, replaced); rec.State == KeyOld {
			rec.Until = store.Time(replaced).Add(KeyOverlap)
		}
		rec.Name, rec.Value = dkim.RecordName(domain, selector), text
		out = append(out, rec)
	}
	return out, rows.Err()
}

// Sign implements Signer. A domain without keys is an error: nothing goes out
// unsigned.
func (k *Keys) Sign(ctx context.Context, workspace int64, domain string, dst, message []byte, now time.Time) ([]byte, error) {
	s, err := k.stamp(ctx, domainOf{workspace, domain}, now)
	if err != nil {
		return nil, err
	}
	return s.Sign(slices.Grow(dst, len(message)+signatureRoom), message, now)
}

// signatureRoom is about what two signature headers take, in bytes.
const signatureRoom = 1600

func (k *Keys) stamp(ctx context.Context, at domainOf, now time.Time) (*dkim.Stamp, error) {
	k.mu.Lock()
	known, ok := k.stamps[at]
	k.mu.Unlock()
	if ok && now.Sub(known.at) < keyMemory {
		return known.Stamp, nil
	}
	keys, err := k.load(ctx, at)
	if err != nil {
		return nil, fmt.Errorf("delivery: sign: %w", err)
	}
	if len(keys) == 0 {
		return nil, fault.New(fault.Refused, "delivery.no_key", "Domain", at.domain)
	}
	st, err := dkim.NewStamp(keys...)
	if err != nil {
		return nil, fmt.Errorf("delivery: sign: %w", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.stamps[at] = stamp{Stamp: st, at: now}
	return st, nil
}

func (k *Keys) load(ctx context.Context, at domainOf) ([]dkim.Key, error) {
	rows, err := k.db.Query(ctx, sqlKeys, at.workspace, at.domain)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var keys []dkim.Key
	for rows.Next() {
		var selector, algorithm, record string
		var sealed []byte
		if err := rows.Scan(&selector, &algorithm, &sealed, &record); err != nil {
			return nil, err
		}
		pem, err := k.ring.Open(sealUse, sealed)
		if err != nil {
			return nil, err
		}
		private, err := dkim.ParsePEM(pem)
		if err != nil {
			return nil, err
		}
		signer, err := k.signer(private)
		if err != nil {
			return nil, err
		}
		key, err := dkim.NewKey(at.domain, selector, signer)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, rows.Err()
}
