package contact

import (
	"context"
	"fmt"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Merge joins two contacts of one person: into gets the addresses, the notes and
// what it lacks of from, which is emptied. The ledger sees to it that the stricter
// word of the two counts.
func (b *Book) Merge(ctx context.Context, tx *store.Tx, workspace, from, into int64, now time.Time) error {
	if from == into {
		return fault.Bad("into", "contact.merge.same")
	}
	if err := hold(ctx, tx, workspace, from, into); err != nil {
		return wrap("merge", err)
	}
	lost, err := b.live(ctx, tx, workspace, from)
	if err != nil {
		return err
	}
	kept, err := b.live(ctx, tx, workspace, into)
	if err != nil {
		return err
	}
	if err := b.ledger.Merged(ctx, tx, from, into, now); err != nil {
		return fmt.Errorf("contact: merge: %w", err)
	}
	if _, err := tx.Exec(ctx, sqlMoveAddresses, into, workspace, from); err != nil {
		return fmt.Errorf("contact: merge: %w", err)
	}
	if _, err := tx.Exec(ctx, sqlMoveNotes, into, from); err != nil {
		return fmt.Errorf("contact: merge: %w", err)
	}
	if _, err := tx.Exec(ctx, sqlMoveLikeness, into, from); err != nil {
		return fmt.Errorf("contact: merge: %w", err)
	}
	if _, err := tx.Exec(ctx, sqlFlagFrom, from, into); err != nil { // what is wrong with a part is wrong with the whole
		return fmt.Errorf("contact: merge: %w", err)
	}
	kept.fillFrom(lost)
	if err := b.put(ctx, tx, &kept, now); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlEmptyContact, store.Micros(now), 0, into, workspace, from)
	return wrap("merge", err)
}

// Erase empties a contact and its addresses and drops its notes. What stays is
// numbers, times and the keyed hashes, so that a refusal outlives the person's data.
// What others are just writing about the addresses is waited for, and goes too.
func (b *Book) Erase(ctx context.Context, tx *store.Tx, workspace, id int64, now time.Time) error {
	if err := holdAddresses(ctx, tx, workspace, id); err != nil {
		return wrap("erase", err)
	}
	if _, err := tx.Exec(ctx, sqlDropLikeness, id); err != nil {
		return fmt.Errorf("contact: erase: %w", err)
	}
	if err := holdContacts(ctx, tx, workspace, id); err != nil {
		return wrap("erase", err)
	}
	c, err := b.live(ctx, tx, workspace, id)
	if err != nil {
		return err
	}
	if err := b.ledger.Erased(ctx, tx, c, now); err != nil {
		return fmt.Errorf("contact: erase: %w", err)
	}
	at := store.Micros(now)
	if _, err := tx.Exec(ctx, sqlEmptyAddresses, at, workspace, id); err != nil {
		return fmt.Errorf("contact: erase: %w", err)
	}
	if _, err := tx.Exec(ctx, sqlDropNotes, id); err != nil {
		return fmt.Errorf("contact: erase: %w", err)
	}
	_, err = tx.Exec(ctx, sqlEmptyContact, at, at, 0, workspace, id)
	return wrap("erase", err)
}

// Unname empties addresses that are nobody's and that nothing is needed for any
// more; the keyed hash stays. An act of the person brings one back, as does an
// import: unlike one that was erased, nobody asked for it to be forgotten.
func (b *Book) Unname(ctx context.Context, tx *store.Tx, addresses []int64, now time.Time) error {
	_, err := tx.Exec(ctx, sqlUnname, store.Micros(now), store.In(addresses))
	return wrap("unname", err)
}

// hold has those who write about some contacts or their addresses take turns with the
// caller, to the end of the transaction: the addresses first, as with imports, so that
// nobody waits for each other.
func hold(ctx context.Context, tx *store.Tx, workspace int64, people ...int64) error {
	if err := holdAddresses(ctx, tx, workspace, people...); err != nil {
		return err
	}
	return holdContacts(ctx, tx, workspace, people...)
}

func holdAddresses(ctx context.Context, tx *store.Tx, workspace int64, people ...int64) error {
	_, err := tx.Exec(ctx, sqlHoldAddresses, store.In(people), workspace)
	return err
}

func holdContacts(ctx context.Context, tx *store.Tx, workspace int64, people ...int64) error {
	_, err := tx.Exec(ctx, sqlHoldContacts, store.In(people), workspace)
	return err
}

// live gets a contact that is neither erased nor merged away.
func (b *Book) live(ctx context.Context, r store.Reader, workspace, id int64) (Contact, error) {
	c, err := b.Get(ctx, r, workspace, id)
	if err == nil && !c.Live() {
		err = fault.New(fault.NotFound, "fault.not_found")
	}
	return c, err
}
