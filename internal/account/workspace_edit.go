package account

import (
	"context"
	"regexp"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
)

// WorkspaceForm is a workspace as somebody fills it in. The names of wrong fields
// are slug, name, privacy_url, lang, zone and those of the label.
type WorkspaceForm struct {
	Slug string
	// Name is the legal name if empty.
	Name       string
	Label      Label
	PrivacyURL string
	// Lang is Japanese if empty, Zone Asia/Tokyo.
	Lang      i18n.Lang
	Zone      string
	NonProfit bool
}

var slugForm = regexp.MustCompile(`^[a-z0-9](-?[a-z0-9]){1,39}$`)

func (c *checker) workspace(f WorkspaceForm) WorkspaceForm {
	out := WorkspaceForm{
		Slug: f.Slug, Name: c.line("name", f.Name, maxName), Label: c.label(f.Label),
		PrivacyURL: c.url("privacy_url", f.PrivacyURL), Lang: f.Lang, Zone: f.Zone, NonProfit: f.NonProfit,
	}
	if out.Name == "" {
		out.Name = plain(out.Label.LegalName, maxName)
	}
	if out.Lang == "" {
		out.Lang = i18n.Ja
	}
	if out.Zone == "" {
		out.Zone = "Asia/Tokyo"
	}
	if !slugForm.MatchString(f.Slug) {
		c.bad("slug", "account.slug.form")
	}
	c.lang(out.Lang)
	if _, err := time.LoadLocation(out.Zone); err != nil || out.Zone == "Local" {
		c.bad("zone", "account.zone.unknown")
	}
	return out
}

func (c *checker) lang(l i18n.Lang) {
	if !l.Valid() {
		c.bad("lang", "account.lang.unknown")
	}
}

// CreateWorkspace makes a further workspace with its first sender profile and an
// owner who is an operator already. Only the program and the machine's own
// operator may: workspaces do not know of each other.
func (b *Book) CreateWorkspace(ctx context.Context, by By, f WorkspaceForm, owner int64, now time.Time) (Workspace, error) {
	if by.Actor.Kind != ActorCLI && by.Actor.Kind != ActorSystem {
		return Workspace{}, fault.New(fault.Refused, "account.role.may_not")
	}
	var c checker
	f = c.workspace(f)
	if err := c.fields.Err(); err != nil {
		return Workspace{}, err
	}
	var w Workspace
	err := b.db.Write(ctx, func(tx *store.Tx) error {
		o, err := holdOperator(ctx, tx, owner)
		if err != nil {
			return err
		}
		if o.Disabled() {
			return fault.New(fault.NotFound, "fault.not_found")
		}
		if w, err = b.insertWorkspace(ctx, tx, f, sender{name: f.Label.LegalName, from: usableFrom(f.Label.Email)}, now); err != nil {
			return err
		}
		if err := addMember(ctx, tx, w.ID, owner, Owner, now); err != nil {
			return err
		}
		return note(ctx, tx, by, Entry{Workspace: w.ID, Action: "workspace.create", Subject: Subject{"workspace", w.ID}}, now)
	})
	return w, failed("create workspace", slugTaken(err))
}

// slugTaken names the field of the one clash that a new workspace can have.
func slugTaken(err error) error {
	if fault.Is(err, fault.Exists) {
		return fault.Bad("slug", "account.slug.taken")
	}
	return err
}

// insertWorkspace writes a checked workspace and its first sender profile.
func (b *Book) insertWorkspace(ctx context.Context, tx *store.Tx, f WorkspaceForm, s sender, now time.Time) (Workspace, error) {
	id, err := tx.NewID(ctx)
	if err != nil {
		return Workspace{}, err
	}
	l, at := f.Label, store.Micros(now)
	_, err = tx.Exec(ctx, sqlAddWorkspace, id, f.Slug, f.Name, l.LegalName, l.LegalNameEn, l.PostalAddress, l.PostalAddressEn,
		l.Phone, l.Email, l.URL, f.PrivacyURL, f.Lang, f.Zone, f.NonProfit, at, at)
	if err != nil {
		return Workspace{}, err
	}
	if _, err := tx.Exec(ctx, sqlConsentOnly, id); err != nil {
		return Workspace{}, err
	}
	p := Profile{Workspace: id, Name: f.Name, Label: l, FromName: s.name, FromAddress: s.from}
	if _, err := b.insertProfile(ctx, tx, p, now); err != nil {
		return Workspace{}, err
	}
	return b.WorkspaceByID(ctx, tx, id)
}

// Edit changes a workspace whose version is still seen (its UpdatedAt);
// fault.Stale otherwise. The slug stays: it is part of links in old mails.
func (b *Book) Edit(ctx context.Context, by By, id int64, f WorkspaceForm, seen, now time.Time) (Workspace, error) {
	var w Workspace
	err := b.db.Write(ctx, func(tx *store.Tx) error {
		if err := require(ctx, tx, by, id, ManageSettings); err != nil {
			return err
		}
		old, err := b.WorkspaceByID(ctx, tx, id)
		if err != nil {
			return err
		}
		var c checker
		f.Slug = old.Slug
		g := c.workspace(f)
		if err := c.fields.Err(); err != nil {
			return err
		}
		l := g.Label
		n, err := tx.Exec(ctx, sqlEditWorkspace, g.Name, l.LegalName, l.LegalNameEn, l.PostalAddress, l.PostalAddressEn,
			l.Phone, l.Email, l.URL, g.PrivacyURL, g.Lang, g.Zone, g.NonProfit, store.Micros(stamp(seen, now)), id, store.Micros(seen))
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Stale, "fault.stale")
		}
		w, err = b.WorkspaceByID(ctx, tx, id)
		if err != nil {
			return err
		}
		return note(ctx, tx, by, Entry{Workspace: id, Action: "workspace.edit", Subject: Subject{"workspace", id}, Detail: map[string]any{"before": old.Label, "after": w.Label}}, now)
	})
	return w, failed("edit workspace", err)
}
