package provision

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Stop is a person's request that their data no longer go to third parties (APPI
// 27(2)(vi), 35(3), (5)). It is no refusal of mail.
type Stop struct {
	Workspace int64
	// Hash is the keyed hash of an address of the person, as the contact room makes it:
	// it needs no contact, and outlives one.
	Hash []byte
	// Programme is 0 for every programme.
	Programme int64
	// Method is how it reached us: page, letter, phone, counter or mail.
	Method string
	// Received is when it reached us.
	Received time.Time
	// Operator entered it; 0 when the person did.
	Operator int64
}

// methods are the ways in which a stop can reach us.
var methods = map[string]bool{"page": true, "letter": true, "phone": true, "counter": true, "mail": true}

// Stop stores a stop. It counts from its commit on: for the address, and for the person
// whose it is, whatever other addresses they have or get. Recipients that already have the
// person's data are to be told. The same stop again changes nothing, and the answer does
// not tell.
func (b *Book) Stop(ctx context.Context, tx *store.Tx, s Stop, now time.Time) error {
	if len(s.Hash) == 0 {
		return failed("stop", fault.Bad("received", "provision.stop.received"))
	}
	a, err := b.people.AddressByHash(ctx, tx, s.Workspace, s.Hash)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return failed("stop", err)
	}
	return failed("stop", b.stop(ctx, tx, s, a.Contact, now))
}

// StopPerson stores a stop of a contact, for one who has no address or has several. Of the
// stop only its hash does not count.
func (b *Book) StopPerson(ctx context.Context, tx *store.Tx, s Stop, person int64, now time.Time) error {
	c, err := b.people.Get(ctx, tx, s.Workspace, person)
	if err != nil {
		return failed("stop", err)
	}
	s.Hash = nil
	return failed("stop", b.stop(ctx, tx, s, c.ID, now))
}

func (b *Book) stop(ctx context.Context, tx *store.Tx, s Stop, person int64, now time.Time) error {
	if !methods[s.Method] {
		return fault.Bad("method", "provision.stop.method")
	}
	if s.Received.IsZero() || s.Received.After(now) {
		return fault.Bad("received", "provision.stop.received")
	}
	if err := lockStops(ctx, tx, s.Workspace); err != nil {
		return err
	}
	if len(s.Hash) > 0 {
		if err := addStop(ctx, tx, s, 0, now); err != nil {
			return err
		}
	}
	if person == 0 {
		return nil
	}
	if len(s.Hash) > 0 {
		s.Method = alongside
	}
	s.Hash = b.people.PersonHash(s.Workspace, person)
	if err := addStop(ctx, tx, s, person, now); err != nil {
		return err
	}
	return b.oweRecipients(ctx, tx, s, person, 0, now)
}

// alongside is the method of the row that a stop of an address has for its person.
const alongside = "person"

func addStop(ctx context.Context, tx *store.Tx, s Stop, person int64, now time.Time) error {
	id, err := tx.NewID(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlAddStop, id, s.Workspace, s.Hash, s.Programme, s.Method, store.Micros(s.Received), store.Micros(now), s.Operator, person)
	return err
}

// Stopped tells which of the addresses, by their hashes, no programme or not this one
// may provide.
func (b *Book) Stopped(ctx context.Context, r store.Reader, workspace, programme int64, hashes [][]byte) (map[string]bool, error) {
	out := map[string]bool{}
	if len(hashes) == 0 {
		return out, nil
	}
	rows, err := r.Query(ctx, sqlStopped, workspace, programme, store.In(hashes))
	if err != nil {
		return nil, failed("stopped", err)
	}
	defer rows.Close()
	for rows.Next() {
		var hash []byte
		if err := rows.Scan(&hash); err != nil {
			return nil, failed("stopped", err)
		}
		out[string(hash)] = true
	}
	return out, failed("stopped", rows.Err())
}
