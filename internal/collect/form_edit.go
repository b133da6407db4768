package collect

import (
	"context"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// NewForm is a form to be.
type NewForm struct {
	Workspace int64
	// Slug is a-z, 0-9 and hyphens, unique in the installation.
	Slug string
	Name string
	Spec Spec
}

// Create stores a form with its first version, which is a draft. Wrong fields are
// slug, name and the spec's paths; a slug in use is fault.Exists.
func (d *Desk) Create(ctx context.Context, by account.By, n NewForm, now time.Time) (Form, error) {
	var wrong fault.Fields
	if !slugForm.MatchString(n.Slug) {
		wrong.Add("slug", "collect.form.slug")
	}
	n.Name = strings.TrimSpace(n.Name)
	if key, args := badText(n.Name, maxLine, ""); key != "" {
		wrong.Add("name", key, args...)
	} else if n.Name == "" {
		wrong.Add("name", "collect.text.needed")
	}
	wrong = append(wrong, fieldsOf(n.Spec.Check())...)
	if err := wrong.Err(); err != nil {
		return Form{}, err
	}
	var f Form
	err := d.DB.Write(ctx, func(tx *store.Tx) error {
		id, err := tx.NewID(ctx)
		if err != nil {
			return err
		}
		at := store.Micros(now)
		if _, err := tx.Exec(ctx, sqlAddForm, id, n.Workspace, n.Slug, n.Name, string(n.Spec.Preset), at, at); err != nil {
			return slugTaken(err)
		}
		if _, err := d.addVersion(ctx, tx, by, Form{ID: id, Workspace: n.Workspace}, n.Spec, now); err != nil {
			return err
		}
		if f, err = d.FormByID(ctx, tx, n.Workspace, id); err != nil {
			return err
		}
		return d.note(ctx, tx, by, f, "form.create", now)
	})
	return f, failed("create", err)
}

func slugTaken(err error) error {
	if fault.Is(err, fault.Exists) {
		return &fault.Error{
			Kind: fault.Exists, Key: "collect.form.slug_taken", Err: err,
			Fields: []fault.Field{{Name: "slug", Key: "collect.form.slug_taken"}},
		}
	}
	return err
}

// Edit stores a new version as the draft of a form whose UpdatedAt is still seen;
// fault.Stale otherwise. Readers see it once it is published. A spec equal to the
// latest version adds none.
func (d *Desk) Edit(ctx context.Context, by account.By, old Form, spec Spec, now time.Time) (Version, error) {
	var v Version
	err := d.DB.Write(ctx, func(tx *store.Tx) error {
		f, err := d.touch(ctx, tx, old, now)
		if err != nil {
			return err
		}
		spec.Preset = f.Preset
		if v, err = d.addVersion(ctx, tx, by, f, spec, now); err != nil {
			return err
		}
		return d.note(ctx, tx, by, f, "form.edit", now)
	})
	return v, failed("edit", err)
}

// touch moves a form's version for edits and returns it as it stood.
func (d *Desk) touch(ctx context.Context, tx *store.Tx, old Form, now time.Time) (Form, error) {
	next := max(store.Micros(now), store.Micros(old.UpdatedAt)+1)
	n, err := tx.Exec(ctx, sqlTouchForm, next, old.ID, old.Workspace, store.Micros(old.UpdatedAt))
	if err != nil {
		return Form{}, err
	}
	f, err := d.FormByID(ctx, tx, old.Workspace, old.ID)
	switch {
	case err != nil:
		return Form{}, err
	case n == 0:
		return Form{}, fault.New(fault.Stale, "fault.stale")
	case !f.ArchivedAt.IsZero():
		return Form{}, fault.New(fault.Refused, "collect.form.archived")
	}
	return f, nil
}

func (d *Desk) addVersion(ctx context.Context, tx *store.Tx, by account.By, f Form, spec Spec, now time.Time) (Version, error) {
	spec, err := d.freeze(ctx, tx, f.Workspace, spec)
	if err != nil {
		return Version{}, err
	}
	text, hash, err := spec.encode()
	if err != nil {
		return Version{}, err
	}
	if len(text) > maxSpec {
		return Version{}, fault.Bad("fields", "collect.spec.large")
	}
	if f.Latest != 0 {
		last, err := d.VersionByID(ctx, tx, f.Workspace, f.Latest)
		if err != nil {
			return Version{}, err
		}
		if string(last.Hash) == string(hash) {
			return last, nil
		}
	}
	id, err := tx.NewID(ctx)
	if err != nil {
		return Version{}, err
	}
	var operator int64
	if by.Actor.Kind == account.ActorOperator {
		operator = by.Actor.ID
	}
	if _, err := tx.Exec(ctx, sqlAddVersion, id, f.ID, f.ID, text, hash, store.Micros(now), operator); err != nil {
		return Version{}, err
	}
	return d.VersionByID(ctx, tx, f.Workspace, id)
}

// Publish shows the latest version to readers, with its words as they are now. It
// returns what was found; a finding of level Block is fault.Refused and leaves
// everything as it was. So is a finding of level Warn for which the operator gives no
// reason; a reason stands in the audit log beside the rules.
func (d *Desk) Publish(ctx context.Context, by account.By, old Form, reason string, now time.Time) ([]Finding, error) {
	var found []Finding
	err := d.DB.Write(ctx, func(tx *store.Tx) error {
		f, err := d.touch(ctx, tx, old, now)
		if err != nil {
			return err
		}
		draft, err := d.VersionByID(ctx, tx, f.Workspace, f.Latest)
		if err != nil {
			return err
		}
		v, err := d.addVersion(ctx, tx, by, f, draft.Spec, now)
		if err != nil {
			return err
		}
		if found, err = d.Findings(ctx, tx, f.Workspace, v.Spec, now); err != nil {
			return err
		}
		if Blocked(found) {
			return fault.New(fault.Refused, "collect.form.blocked")
		}
		if Warned(found) && strings.TrimSpace(reason) == "" {
			return fault.New(fault.Refused, "collect.form.reason_needed")
		}
		if _, err := tx.Exec(ctx, sqlPublishForm, v.ID, store.Micros(now), f.ID); err != nil {
			return err
		}
		return d.Accounts.Audit(ctx, tx, d.published(by, f, found, reason), now)
	})
	return found, failed("publish", err)
}

// published tells the audit log who answers for what the rules warn of.
func (d *Desk) published(by account.By, f Form, found []Finding, reason string) account.Entry {
	e := account.Entry{
		Workspace: f.Workspace, Actor: by.Actor, Action: "form.publish", Network: by.Network,
		Subject: account.Subject{Kind: "form", ID: f.ID},
	}
	if Warned(found) {
		var rules []string
		for _, one := range found {
			rules = append(rules, one.Rule)
		}
		e.Reason, e.Detail = strings.TrimSpace(reason), map[string]any{"warnings": rules, "rules": d.Gate.Rules().Version()}
	}
	return e
}

// Archive closes a form for readers. Requests that wait can still be confirmed.
func (d *Desk) Archive(ctx context.Context, by account.By, old Form, now time.Time) error {
	err := d.DB.Write(ctx, func(tx *store.Tx) error {
		f, err := d.touch(ctx, tx, old, now)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlArchiveForm, store.Micros(now), f.ID); err != nil {
			return err
		}
		return d.note(ctx, tx, by, f, "form.archive", now)
	})
	return failed("archive", err)
}

func (d *Desk) note(ctx context.Context, tx *store.Tx, by account.By, f Form, action string, now time.Time) error {
	return d.Accounts.Audit(ctx, tx, account.Entry{
		Workspace: f.Workspace, Actor: by.Actor, Action: action, Network: by.Network,
		Subject: account.Subject{Kind: "form", ID: f.ID},
	}, now)
}
