package contact

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/contact/sheet"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Entered is one person who is entered by hand.
type Entered struct {
	Contact Contact
	// Mail is the mail address as typed, empty for none.
	Mail string
	// Declared says where the data came from, by Origin, Source, At and Receipt. Whatever else
	// it says, nobody may be mailed by it.
	Declared Declaration
	// Zone is what typed dates are in.
	Zone *time.Location
}

// Enter takes one person as a held list of one row would be taken: by the rules about where
// data came from, with their marks and the record of receiving them. Somebody who is held
// already is fault.Exists, with the contact who is.
func (im *Importer) Enter(ctx context.Context, tx *store.Tx, x Entered, now time.Time) (Contact, error) {
	x.Declared.Purpose = PurposeHeld
	order := Import{Declared: x.Declared}
	if err := im.enterable(ctx, tx, &x, &order, now); err != nil {
		return Contact{}, err
	}
	made, err := im.entered(ctx, tx, x, now)
	if err != nil {
		return made, err
	}
	if err := im.book.Flag(ctx, tx, made.Workspace, []int64{made.ID}, x.Declared.flagsOfList()); err != nil {
		return Contact{}, err
	}
	return made, x.received(ctx, tx, &order, made.ID, now)
}

// enterable says all that is wrong with what was typed.
func (im *Importer) enterable(ctx context.Context, r store.Reader, x *Entered, order *Import, now time.Time) error {
	var wrong fault.Fields
	im.forbidden(order.listFacts(sheet.Mapping{}, 0), &wrong, now)
	if strings.TrimSpace(x.Declared.Source) == "" {
		wrong.Add("source", "contact.enter.source")
	}
	if x.Declared.At.IsZero() || x.Declared.At.After(now) {
		wrong.Add("at", "contact.enter.at")
	}
	if x.Mail == "" && !x.Contact.named() {
		wrong.Add("family_name", "contact.hold.name")
	}
	own, err := im.book.Attributes(ctx, r, x.Contact.Workspace)
	if err != nil {
		return err
	}
	x.Contact.Attrs = maps.Clone(x.Contact.Attrs)
	for _, key := range slices.Sorted(maps.Keys(x.Contact.Attrs)) {
		i := slices.IndexFunc(own, func(a Attribute) bool { return a.Key == key })
		if i < 0 {
			delete(x.Contact.Attrs, key)
			continue
		}
		value, ok := own[i].Read(x.Contact.Attrs[key], x.Zone)
		if !ok {
			wrong.Add("attrs."+key, "contact.import.value."+string(own[i].Kind))
		}
		x.Contact.Attrs[key] = value
	}
	return wrong.Err()
}

// entered stores the person, with the address if there is one.
func (im *Importer) entered(ctx context.Context, tx *store.Tx, x Entered, now time.Time) (Contact, error) {
	var m addr.Mail
	if x.Mail != "" {
		var err error
		if m, err = addr.ParseMail(x.Mail); err != nil {
			return Contact{}, renamed(err, "email")
		}
	}
	return im.book.Add(ctx, tx, x.Contact, m, now)
}

// renamed gives all fields of a fault one name.
func renamed(err error, name string) error {
	f, ok := asFault(err)
	if !ok || len(f.Fields) == 0 {
		return err
	}
	var wrong fault.Fields
	for _, w := range f.Fields {
		wrong.Add(name, w.Key, w.Args...)
	}
	return wrong.Err()
}

// Add stores somebody new with a mail address, or, where that is zero, holds them without one.
// Somebody who is there already is fault.Exists, with the contact who is. An address that was
// erased comes back by an act of the person alone: fault.Refused.
func (b *Book) Add(ctx context.Context, tx *store.Tx, c Contact, m addr.Mail, now time.Time) (Contact, error) {
	if m.IsZero() {
		return b.Hold(ctx, tx, c, now)
	}
	a, err := b.freeAddress(ctx, tx, c.Workspace, m, now)
	if err != nil {
		return Contact{ID: a.Contact, Workspace: a.Workspace}, err
	}
	made, err := b.Create(ctx, tx, c, now)
	if err != nil {
		return Contact{}, err
	}
	return made, b.Attach(ctx, tx, a.ID, made.ID)
}

// freeAddress is the row of an address that is nobody's yet; one that is somebody's comes with
// fault.Exists.
func (b *Book) freeAddress(ctx context.Context, tx *store.Tx, workspace int64, m addr.Mail, now time.Time) (Address, error) {
	a, err := b.AddressByHash(ctx, tx, workspace, b.Hash(workspace, m))
	switch {
	case fault.Is(err, fault.NotFound):
		a, _, err = b.EnsureAddress(ctx, tx, workspace, m, now)
	case err != nil:
		return a, err
	case !a.ErasedAt.IsZero():
		return a, fault.New(fault.Refused, "api.contact.erased")
	case a.Contact != 0:
		return a, fault.New(fault.Exists, "api.contact.exists", "ID", store.Public(Prefix, a.Contact))
	}
	return a, err
}

// received stores the record of a person who was received from somebody else (個人情報保護法
// 30条3項): the items are those that were filled in.
func (x *Entered) received(ctx context.Context, tx *store.Tx, order *Import, person int64, now time.Time) error {
	if !order.Declared.Origin.Received() {
		return nil
	}
	id, err := tx.NewID(ctx)
	if err != nil {
		return wrap("enter", err)
	}
	of := receiptOf{x.Contact.Workspace, id}
	order.FileHash = []byte{}
	if err := of.keep(ctx, tx, order, x.items(), now); err != nil {
		return err
	}
	return of.name(ctx, tx, []int64{person})
}

// items are the fields that were filled in.
func (x *Entered) items() (m sheet.Mapping) {
	add := func(f sheet.Field, text string) {
		if text != "" {
			m.Fields = append(m.Fields, f)
		}
	}
	add(sheet.FieldEmail, x.Mail)
	for _, t := range x.Contact.texts() {
		add(sheet.Field(t.name), *t.value)
	}
	add(sheet.FieldLocale, string(x.Contact.Lang))
	for _, key := range slices.Sorted(maps.Keys(x.Contact.Attrs)) {
		add(sheet.Field("attr:"+key), x.Contact.Attrs[key])
	}
	return m
}
