package contact

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Book is the address book of all workspaces.
type Book struct {
	db     *store.DB
	ring   *keyring.Ring
	ledger Ledger
}

// New makes the book; ledger is told of imports, merges and erasures.
func New(db *store.DB, ring *keyring.Ring, ledger Ledger) *Book {
	return &Book{db: db, ring: ring, ledger: ledger}
}

// Get returns a contact, erased and merged ones too (see Contact.Live); one of
// another workspace is fault.NotFound.
func (b *Book) Get(ctx context.Context, r store.Reader, workspace, id int64) (Contact, error) {
	c, err := scanContact(r.QueryRow(ctx, sqlGetContact, workspace, id))
	if err != nil {
		return Contact{}, fmt.Errorf("contact: get: %w", err)
	}
	return c, nil
}

// Create stores a new contact with a new id and returns it.
func (b *Book) Create(ctx context.Context, tx *store.Tx, c Contact, now time.Time) (Contact, error) {
	if err := c.check(); err != nil {
		return Contact{}, err
	}
	id, err := tx.NewID(ctx)
	if err != nil {
		return Contact{}, fmt.Errorf("contact: create: %w", err)
	}
	c.ID, c.CreatedAt, c.UpdatedAt = id, now, now
	c.ErasedAt, c.MergedInto = time.Time{}, 0
	args, err := contactRow(nil, &c, searchKey(c, nil))
	if err != nil {
		return Contact{}, err
	}
	if err := tx.InsertRows(ctx, sqlInsertContacts, "", contactWidth, args); err != nil {
		return Contact{}, fmt.Errorf("contact: create: %w", err)
	}
	return c, nil
}

// Edit replaces the texts of a contact. c.UpdatedAt must be as it was read, or
// the edit is fault.Stale; an erased or merged contact is fault.NotFound.
func (b *Book) Edit(ctx context.Context, tx *store.Tx, c Contact, now time.Time) (Contact, error) {
	if err := c.check(); err != nil {
		return Contact{}, err
	}
	if err := hold(ctx, tx, c.Workspace, c.ID); err != nil {
		return Contact{}, wrap("edit", err)
	}
	had, err := b.Get(ctx, tx, c.Workspace, c.ID)
	switch {
	case err != nil:
		return Contact{}, err
	case !had.Live():
		return Contact{}, fault.New(fault.NotFound, "fault.not_found")
	case !had.UpdatedAt.Equal(c.UpdatedAt):
		return Contact{}, fault.New(fault.Stale, "contact.stale")
	}
	c.CreatedAt, c.ErasedAt, c.MergedInto = had.CreatedAt, had.ErasedAt, had.MergedInto
	return c, b.put(ctx, tx, &c, now)
}

// put writes all texts of a contact and its search key, which is made of the addresses too: the
// caller holds both. UpdatedAt always moves, so that two edits within the clock's grain cannot pass
// for one.
func (b *Book) put(ctx context.Context, tx *store.Tx, c *Contact, now time.Time) error {
	addresses, err := b.AddressesOf(ctx, tx, c.Workspace, c.ID)
	if err != nil {
		return err
	}
	before := store.Micros(c.UpdatedAt)
	c.UpdatedAt = store.Time(max(store.Micros(now), before+1))
	args, err := editRow(*c, searchKey(*c, addresses), before)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, sqlEditContact, args...)
	if err != nil {
		return fmt.Errorf("contact: edit: %w", err)
	}
	if n == 0 {
		return fault.New(fault.Stale, "contact.stale")
	}
	if len(addresses) == 0 {
		return b.liken(ctx, tx, c)
	}
	return nil
}

// EnsureContact gives an address its contact: the one it has, with its empty texts
// filled from c, or a new one made of c and attached. It says whether it is new.
func (b *Book) EnsureContact(ctx context.Context, tx *store.Tx, a Address, c Contact, now time.Time) (Contact, bool, error) {
	if a.Contact == 0 {
		c.Workspace = a.Workspace
		made, err := b.Create(ctx, tx, c, now)
		if err != nil {
			return Contact{}, false, err
		}
		return made, true, b.Attach(ctx, tx, a.ID, made.ID)
	}
	if err := hold(ctx, tx, a.Workspace, a.Contact); err != nil {
		return Contact{}, false, wrap("ensure contact", err)
	}
	had, err := b.Get(ctx, tx, a.Workspace, a.Contact)
	if err != nil {
		return Contact{}, false, err
	}
	if !had.fillFrom(c) {
		return had, false, nil
	}
	if err := had.check(); err != nil {
		return Contact{}, false, err
	}
	return had, false, b.put(ctx, tx, &had, now)
}

// EnsureAddress finds an address or makes a row for it, with nobody attached, and
// says whether it is new. It is for acts of the person: an address that was erased
// comes back by it, without its old contact.
func (b *Book) EnsureAddress(ctx context.Context, tx *store.Tx, workspace int64, a addr.Address, now time.Time) (Address, bool, error) {
	row := b.address(workspace, a, now)
	had, err := b.AddressByHash(ctx, tx, workspace, row.Hash)
	switch {
	case err == nil && had.ErasedAt.IsZero():
		return had, false, nil
	case err == nil:
		return b.revive(ctx, tx, had, row)
	case !fault.Is(err, fault.NotFound):
		return Address{}, false, err
	}
	if row.ID, err = tx.NewID(ctx); err != nil {
		return Address{}, false, fmt.Errorf("contact: ensure address: %w", err)
	}
	if err := tx.InsertRows(ctx, sqlInsertAddresses, sqlUnlessKnown, addressWidth, addressRow(nil, row)); err != nil {
		return Address{}, false, fmt.Errorf("contact: ensure address: %w", err)
	}
	// Another node may have been faster between the two statements.
	got, err := b.AddressByHash(ctx, tx, workspace, row.Hash)
	return got, err == nil && got.ID == row.ID, err
}

// revive brings an erased address back. Where another was faster it may have its person
// already, and is as it stands.
func (b *Book) revive(ctx context.Context, tx *store.Tx, had, row Address) (Address, bool, error) {
	row.ID, row.CreatedAt = had.ID, had.CreatedAt
	n, err := tx.Exec(ctx, sqlReviveAddress, row.Canonical, row.Shown, row.Domain, row.ID)
	if err != nil || n > 0 {
		return row, true, wrap("ensure address", err)
	}
	got, err := b.AddressByHash(ctx, tx, row.Workspace, row.Hash)
	return got, false, err
}

// ProveKey says, by fault.Internal, that the stored hashes were made with another
// key than this book's: then nobody would be found again by address.
func (b *Book) ProveKey(ctx context.Context, r store.Reader) error {
	var workspace int64
	var channel, canonical string
	var hash []byte
	err := r.QueryRow(ctx, sqlSomeAddress).Scan(&workspace, &channel, &canonical, &hash)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err == nil && !bytes.Equal(hash, b.ring.AddressHash(workspace, channel, canonical)) {
		err = fault.New(fault.Internal, "keyring.sealed")
	}
	return wrap("prove key", err)
}

// Hash is the keyed hash by which an address is found in a workspace.
func (b *Book) Hash(workspace int64, a addr.Address) []byte {
	return b.ring.AddressHash(workspace, string(a.Channel()), string(a.Canonical()))
}

func (b *Book) address(workspace int64, a addr.Address, now time.Time) Address {
	row := Address{
		Workspace: workspace, Channel: a.Channel(), Canonical: string(a.Canonical()), Shown: a.String(),
		Hash: b.Hash(workspace, a), CreatedAt: now,
	}
	if m, ok := a.(addr.Mail); ok {
		row.Domain = m.Domain()
	}
	return row
}

// Attach says to whom an address belongs. An address of another contact is
// fault.Exists: merging is the way to join two people.
func (b *Book) Attach(ctx context.Context, tx *store.Tx, address, contact int64) error {
	n, err := tx.Exec(ctx, sqlAttach, contact, address, contact, contact)
	if err != nil {
		return fmt.Errorf("contact: attach: %w", err)
	}
	if n == 0 {
		return fault.New(fault.Exists, "contact.address.taken")
	}
	return b.refreshKey(ctx, tx, contact)
}

// refreshKey makes a contact findable by the addresses it has now.
func (b *Book) refreshKey(ctx context.Context, tx *store.Tx, contact int64) error {
	var workspace int64
	if err := tx.QueryRow(ctx, sqlWorkspaceOf, contact).Scan(&workspace); err != nil {
		return fmt.Errorf("contact: search key: %w", err)
	}
	if err := holdContacts(ctx, tx, workspace, contact); err != nil {
		return wrap("search key", err)
	}
	c, err := b.Get(ctx, tx, workspace, contact)
	if err != nil {
		return err
	}
	addresses, err := b.AddressesOf(ctx, tx, workspace, contact)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlSetKey, searchKey(c, addresses), contact)
	return wrap("search key", err)
}

// AddressByHash finds an address by its keyed hash, erased ones too.
func (b *Book) AddressByHash(ctx context.Context, r store.Reader, workspace int64, hash []byte) (Address, error) {
	a, err := scanAddress(r.QueryRow(ctx, sqlAddressByHash, workspace, hash))
	return a, wrap("address by hash", err)
}

// AddressByID finds an address, erased ones too.
func (b *Book) AddressByID(ctx context.Context, r store.Reader, workspace, id int64) (Address, error) {
	a, err := scanAddress(r.QueryRow(ctx, sqlAddressByID, workspace, id))
	return a, wrap("address by id", err)
}

// HoldAddress is AddressByID, and has whoever else writes about the address wait until the
// transaction ends: an erasure, above all.
func (b *Book) HoldAddress(ctx context.Context, tx *store.Tx, workspace, id int64) (Address, error) {
	a, err := scanAddress(tx.QueryRow(ctx, sqlHoldAddress, workspace, id))
	return a, wrap("hold address", err)
}

// AddressesOf lists a contact's addresses, the oldest first.
func (b *Book) AddressesOf(ctx context.Context, r store.Reader, workspace, contact int64) (all []Address, err error) {
	rows, err := r.Query(ctx, sqlAddressesOf, contact, workspace)
	if err != nil {
		return nil, fmt.Errorf("contact: addresses: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		a, err := scanAddress(rows)
		if err != nil {
			return nil, fmt.Errorf("contact: addresses: %w", err)
		}
		all = append(all, a)
	}
	return all, wrap("addresses", rows.Err())
}

func wrap(verb string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("contact: %s: %w", verb, err)
}
