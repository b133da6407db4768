package provision

import (
	"context"
	"slices"
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
	owners, err := b.people.OwnersOf(ctx, tx, s.Workspace, s.Hash)
	if err != nil {
		return failed("stop", err)
	}
	return failed("stop", b.stop(ctx, tx, s, owners, now))
}

// StopPerson stores a stop of a contact, and of everybody whom it was merged with. Where the
// stop has a hash too it is a stop of both: of one address and the person whose it is, or
// nobody's; fault.Invalid where the address is somebody else's.
func (b *Book) StopPerson(ctx context.Context, tx *store.Tx, s Stop, person int64, now time.Time) error {
	if _, err := b.people.Get(ctx, tx, s.Workspace, person); err != nil {
		return failed("stop", err)
	}
	if len(s.Hash) > 0 {
		if err := b.refuseAnother(ctx, tx, s, person); err != nil {
			return failed("stop", err)
		}
	}
	return failed("stop", b.stop(ctx, tx, s, []int64{person}, now))
}

// refuseAnother refuses an address that belongs to a living person other than the one named.
func (b *Book) refuseAnother(ctx context.Context, r store.Reader, s Stop, person int64) error {
	a, err := b.people.AddressByHash(ctx, r, s.Workspace, s.Hash)
	if fault.Is(err, fault.NotFound) || err == nil && a.Contact == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	kin, err := b.people.With(ctx, r, person)
	if err != nil || slices.Contains(kin, a.Contact) {
		return err
	}
	owner, err := b.people.Get(ctx, r, s.Workspace, a.Contact)
	if err != nil || !owner.Live() {
		return err
	}
	var bad fault.Fields
	bad.Add("address", "provision.stop.another")
	bad.Add("contact", "provision.stop.another")
	return bad.Err()
}

func (b *Book) stop(ctx context.Context, tx *store.Tx, s Stop, people []int64, now time.Time) error {
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
	if len(s.Hash) > 0 {
		s.Method = alongside
	}
	for _, one := range people {
		kin, err := b.people.With(ctx, tx, one)
		if err != nil {
			return err
		}
		if err := b.spread(ctx, tx, s, kin, now); err != nil {
			return err
		}
		if err := b.oweRecipients(ctx, tx, s, kin[0], 0, now); err != nil {
			return err
		}
	}
	return nil
}

// alongside is the method of the rows that a stop has for the person and for the person's
// addresses beside the one that was named.
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
