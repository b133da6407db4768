package account

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
)

// SetUp is the first run: the sender label first, then the administrator. The
// names of wrong fields are those of WorkspaceForm, from_name, from_address,
// admin_email, admin_name and admin_password.
type SetUp struct {
	// Workspace may leave Slug empty: it is then made from a domain.
	Workspace WorkspaceForm
	// FromName is the legal name if empty.
	FromName string
	// FromAddress may be empty: it is then the label's or the administrator's
	// address, or, where those are freemail, left open until the profile is edited.
	FromAddress   string
	AdminEmail    string
	AdminName     string
	AdminPassword string
	// Network is the address of the caller, for the audit log.
	Network string
}

// sender is how the first profile shows itself.
type sender struct {
	name string
	from addr.Mail
}

// FirstRun says whether the installation still waits for SetUp.
func (b *Book) FirstRun(ctx context.Context) (bool, error) {
	var at int64
	err := b.db.QueryRow(ctx, sqlInstalled).Scan(&at)
	if fault.Is(err, fault.NotFound) {
		return true, nil
	}
	return false, failed("first run", err)
}

// SetUp makes workspace, sender profile and owner in one transaction. It works
// once in the life of an installation and is fault.Refused afterwards.
func (b *Book) SetUp(ctx context.Context, s SetUp, now time.Time) (Workspace, Operator, error) {
	first, err := b.FirstRun(ctx)
	if err != nil {
		return Workspace{}, Operator{}, err
	}
	if !first {
		return Workspace{}, Operator{}, fault.New(fault.Refused, "account.setup.done")
	}
	form, from, admin, err := checkSetUp(s)
	if err != nil {
		return Workspace{}, Operator{}, err
	}
	if admin.hash, err = b.passwords.hash(ctx, s.AdminPassword); err != nil {
		return Workspace{}, Operator{}, failed("set up", err)
	}
	var w Workspace
	var o Operator
	err = b.db.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(ctx, sqlInstall, store.Micros(now)); err != nil {
			return setUpTwice(err)
		}
		if w, err = b.insertWorkspace(ctx, tx, form, from, now); err != nil {
			return err
		}
		if o, err = insertOperator(ctx, tx, admin, now); err != nil {
			return err
		}
		if err := addMember(ctx, tx, w.ID, o.ID, Owner, now); err != nil {
			return err
		}
		return audit(ctx, tx, Entry{
			Workspace: w.ID, Actor: Actor{ActorOperator, o.ID}, Action: "workspace.set_up",
			Subject: Subject{"workspace", w.ID}, Network: s.Network,
		}, now)
	})
	return w, o, failed("set up", err)
}

// setUpTwice tells the loser of two first runs.
func setUpTwice(err error) error {
	if fault.Is(err, fault.Exists) {
		return fault.Wrap(fault.Refused, err, "account.setup.done")
	}
	return err
}

func checkSetUp(s SetUp) (WorkspaceForm, sender, newOperator, error) {
	var c checker
	if s.Workspace.Slug == "" {
		s.Workspace.Slug = slugFrom(s)
	}
	form := c.workspace(s.Workspace)
	admin := newOperator{
		email: c.operatorMail("admin_email", s.AdminEmail), name: c.line("admin_name", s.AdminName, maxName),
		lang: form.Lang,
	}
	if admin.name == "" {
		admin.name = plain(admin.email.Local(), maxName)
	}
	from := sender{name: c.line("from_name", s.FromName, maxName), from: c.from("from_address", s.FromAddress)}
	if from.name == "" {
		from.name = plain(form.Label.LegalName, maxName)
	}
	if strings.TrimSpace(s.FromAddress) == "" {
		from.from = usableFrom(form.Label.Email, s.AdminEmail)
	}
	c.password("admin_password", s.AdminPassword, s.AdminEmail, s.AdminName, form.Name)
	return form, from, admin, c.fields.Err()
}

// usableFrom picks the first address that may stand in a From line.
func usableFrom(candidates ...string) addr.Mail {
	for _, text := range candidates {
		var c checker
		if m := c.from("", text); !m.IsZero() {
			return m
		}
	}
	return addr.Mail{}
}

// slugFrom takes the first label of a domain that belongs to the sender.
func slugFrom(s SetUp) string {
	host := usableFrom(s.FromAddress, s.Workspace.Label.Email, s.AdminEmail).Domain()
	if u, err := url.Parse(s.Workspace.Label.URL); host == "" && err == nil {
		host = strings.TrimPrefix(u.Hostname(), "www.")
	}
	label, _, _ := strings.Cut(host, ".")
	if slugForm.MatchString(label) {
		return label
	}
	return "main"
}

// newOperator is a checked operator to be written.
type newOperator struct {
	email addr.Mail
	name  string
	lang  i18n.Lang
	hash  string
}
