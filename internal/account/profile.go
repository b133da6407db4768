package account

import (
	"context"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Profile is how a sender shows itself: the label and the From line.
type Profile struct {
	ID        int64
	Workspace int64
	// Name is the profile's name for operators.
	Name     string
	Label    Label
	FromName string
	// FromAddress is zero while nobody gave one; such a profile cannot send.
	FromAddress addr.Mail
	// ReplyTo is zero when answers go to FromAddress.
	ReplyTo    addr.Mail
	CreatedAt  time.Time
	UpdatedAt  time.Time
	ArchivedAt time.Time
}

// Complete says what keeps the profile from sending, as an Invalid fault, or nil.
func (p Profile) Complete() error {
	var c checker
	c.label(p.Label)
	c.must("from_name", p.FromName, maxName)
	if p.FromAddress.IsZero() {
		c.bad("from_address", "account.text.required")
	} else {
		c.from("from_address", p.FromAddress.String())
	}
	return c.fields.Err()
}

// ProfileForm is a profile as somebody fills it in. The names of wrong fields are
// name, from_name, from_address, reply_to and those of the label.
type ProfileForm struct {
	Name        string
	Label       Label
	FromName    string
	FromAddress string
	ReplyTo     string
	// Seen is the UpdatedAt of the version that was edited.
	Seen time.Time
}

func (c *checker) profile(f ProfileForm) Profile {
	p := Profile{
		Name: c.must("name", f.Name, maxName), Label: c.label(f.Label), FromName: c.must("from_name", f.FromName, maxName),
		FromAddress: c.from("from_address", f.FromAddress), ReplyTo: c.mail("reply_to", f.ReplyTo),
	}
	if strings.TrimSpace(f.FromAddress) == "" {
		c.bad("from_address", "account.text.required")
	}
	return p
}

// from reads an address for the From line. A provider that gives addresses to
// everybody signs for nobody, and its DMARC policy has such mail refused; an
// address outside ASCII cannot be written to most of the world.
func (c *checker) from(field, value string) addr.Mail {
	m := c.mail(field, value)
	switch {
	case m.IsZero():
	case addr.Freemail(m.Domain()):
		c.bad(field, "account.from.freemail", "Domain", m.Domain())
	case m.NeedsSMTPUTF8() || m.Legacy():
		c.bad(field, "account.from.ascii")
	default:
		return m
	}
	return addr.Mail{}
}

// CreateProfile adds a sender profile.
func (b *Book) CreateProfile(ctx context.Context, by By, workspace int64, f ProfileForm, now time.Time) (Profile, error) {
	var c checker
	p := c.profile(f)
	p.Workspace = workspace
	if err := c.fields.Err(); err != nil {
		return Profile{}, err
	}
	err := b.db.Write(ctx, func(tx *store.Tx) error {
		if err := require(ctx, tx, by, workspace, ManageSettings); err != nil {
			return err
		}
		made, err := b.insertProfile(ctx, tx, p, now)
		if err != nil {
			return err
		}
		p = made
		return note(ctx, tx, by, Entry{Workspace: workspace, Action: "profile.create", Subject: Subject{"sender_profile", p.ID}}, now)
	})
	return p, failed("create profile", err)
}

func (b *Book) insertProfile(ctx context.Context, tx *store.Tx, p Profile, now time.Time) (Profile, error) {
	id, err := tx.NewID(ctx)
	if err != nil {
		return Profile{}, err
	}
	l, at := p.Label, store.Micros(now)
	_, err = tx.Exec(ctx, sqlAddProfile, id, p.Workspace, p.Name, l.LegalName, l.LegalNameEn, l.PostalAddress, l.PostalAddressEn,
		l.Phone, l.Email, l.URL, p.FromName, p.FromAddress.String(), p.ReplyTo.String(), at, at)
	if err != nil {
		return Profile{}, err
	}
	if !p.FromAddress.IsZero() {
		if _, err := b.EnsureDomain(ctx, tx, p.Workspace, p.FromAddress.Domain(), now); err != nil {
			return Profile{}, err
		}
	}
	return b.ProfileByID(ctx, tx, p.Workspace, id)
}

// EditProfile changes a profile whose version is still f.Seen; fault.Stale otherwise.
func (b *Book) EditProfile(ctx context.Context, by By, workspace, id int64, f ProfileForm, now time.Time) (Profile, error) {
	var c checker
	p := c.profile(f)
	if err := c.fields.Err(); err != nil {
		return Profile{}, err
	}
	err := b.db.Write(ctx, func(tx *store.Tx) error {
		if err := require(ctx, tx, by, workspace, ManageSettings); err != nil {
			return err
		}
		before, err := b.ProfileByID(ctx, tx, workspace, id)
		if err != nil {
			return err
		}
		l := p.Label
		n, err := tx.Exec(ctx, sqlEditProfile, p.Name, l.LegalName, l.LegalNameEn, l.PostalAddress, l.PostalAddressEn, l.Phone, l.Email, l.URL,
			p.FromName, p.FromAddress.String(), p.ReplyTo.String(), store.Micros(stamp(f.Seen, now)), id, workspace, store.Micros(f.Seen))
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Stale, "fault.stale")
		}
		if _, err := b.EnsureDomain(ctx, tx, workspace, p.FromAddress.Domain(), now); err != nil {
			return err
		}
		if p, err = b.ProfileByID(ctx, tx, workspace, id); err != nil {
			return err
		}
		detail := map[string]any{"before": before.Label, "after": p.Label, "from_name": p.FromName}
		return note(ctx, tx, by, Entry{Workspace: workspace, Action: "profile.edit", Subject: Subject{"sender_profile", id}, Detail: detail}, now)
	})
	return p, failed("edit profile", err)
}
