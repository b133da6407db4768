package contact

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// likeness is the keyed hash by which a person without an address is known again: of all
// texts and attributes, in the form that check leaves them in.
func (b *Book) likeness(c *Contact) ([]byte, error) {
	attrs, err := writeAttrs(c.Attrs)
	if err != nil {
		return nil, err
	}
	var told strings.Builder
	for _, t := range c.texts() {
		told.WriteString(strconv.Quote(*t.value))
	}
	told.WriteString(strconv.Quote(string(c.Lang)))
	told.WriteString(attrs)
	return b.ring.AddressHash(c.Workspace, "likeness", told.String()), nil
}

// named says whether the texts tell who somebody without an address is.
func (c *Contact) named() bool {
	return c.FamilyName+c.GivenName+c.DisplayName+c.FamilyKana+c.GivenKana != ""
}

// Hold stores a person of whom no address is known. One who is told of in just the same
// way is held already: that is fault.Exists, with the contact who is.
func (b *Book) Hold(ctx context.Context, tx *store.Tx, c Contact, now time.Time) (Contact, error) {
	if err := c.check(); err != nil {
		return Contact{}, err
	}
	if !c.named() {
		return Contact{}, fault.Bad("family_name", "contact.hold.name")
	}
	hash, err := b.likeness(&c)
	if err != nil {
		return Contact{}, err
	}
	var had int64
	err = tx.QueryRow(ctx, sqlLikenessOwner, c.Workspace, hash).Scan(&had)
	if err == nil {
		return Contact{ID: had, Workspace: c.Workspace}, fault.New(fault.Exists, "contact.hold.alike", "ID", store.Public(Prefix, had))
	}
	if !fault.Is(err, fault.NotFound) {
		return Contact{}, fmt.Errorf("contact: hold: %w", err)
	}
	made, err := b.Create(ctx, tx, c, now)
	if err != nil {
		return Contact{}, err
	}
	err = tx.InsertRows(ctx, sqlInsertLikeness, "", likenessWidth, []any{c.Workspace, hash, made.ID})
	return made, wrap("hold", err)
}

// liken has a person without an address known by the texts of now too. Those of before
// stay: the list they came with may come again, and a stop must find them then.
func (b *Book) liken(ctx context.Context, tx *store.Tx, c *Contact) error {
	hash, err := b.likeness(c)
	if err != nil {
		return err
	}
	err = tx.InsertRows(ctx, sqlInsertLikeness, sqlUnlessAlike, likenessWidth, []any{c.Workspace, hash, c.ID})
	return wrap("likeness", err)
}
