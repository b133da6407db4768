package provision

import (
	"context"
	"encoding/json"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// RecipientPrefix is the public prefix of a recipient's id.
const RecipientPrefix = "rcp"

// RecipientTerms are what is known of a recipient at a time. Records name the version
// that stood then.
type RecipientTerms struct {
	// Name, Address and Representative are what a record holds (APPI-R 20); Representative
	// is empty only for a person.
	Name           string `json:"name"`
	Address        string `json:"address"`
	Representative string `json:"representative,omitempty"`
	Person         bool   `json:"person,omitempty"`
	// Country is an ISO 3166-1 code of two letters.
	Country string `json:"country"`
	// Contract is where contract and supervision can be seen (APPI 25).
	Contract string `json:"contract,omitempty"`
	// Identity says how it was checked who the recipient is, Purpose what it uses the data
	// for (amendment of 2026).
	Identity string `json:"identity,omitempty"`
	Purpose  string `json:"purpose,omitempty"`
	// System is where its system held equal can be seen, SystemChecked the day of the last
	// look, such as "2026-12-01" (APPI-R 16, 18).
	System        string `json:"system,omitempty"`
	SystemChecked string `json:"system_checked,omitempty"`
	// ForeignLaw and ForeignMeasures are what a person is told of the country and of the
	// recipient before agreeing to a provision abroad (APPI 28(2), APPI-R 17).
	ForeignLaw      string `json:"foreign_law,omitempty"`
	ForeignMeasures string `json:"foreign_measures,omitempty"`
	// Device is where it can be seen that the recipient has the persons' consent to match
	// identifiers of browsers and devices to them (APPI 31).
	Device string `json:"device,omitempty"`
	// StopMail and StopHook are where it is told of stops: a mail address, a URL.
	StopMail string `json:"stop_mail,omitempty"`
	StopHook string `json:"stop_hook,omitempty"`
	Target   Target `json:"target"`
}

// TargetKind is a way of handing over.
type TargetKind string

// The ways: an operator fetches the file, or it is brought there.
const (
	ByFile  TargetKind = "file"
	BySFTP  TargetKind = "sftp"
	ByHTTPS TargetKind = "https"
)

// Target is where a data set goes.
type Target struct {
	Kind TargetKind `json:"kind"`
	// Host is name and port, User and Folder what is said there; HostKey is the only key
	// that is believed, as in known_hosts ("ssh-ed25519 AAAA…").
	Host    string `json:"host,omitempty"`
	User    string `json:"user,omitempty"`
	Folder  string `json:"folder,omitempty"`
	HostKey string `json:"host_key,omitempty"`
	URL     string `json:"url,omitempty"`
	// Inside says that the server stands in our own network, which is otherwise out of
	// reach; an operator says so, never a program.
	Inside bool `json:"inside,omitempty"`
}

// Recipient is a third party that gets data.
type Recipient struct {
	ID, Workspace int64
	// Version counts the terms, from 1.
	Version int
	RecipientTerms
	// HasSecrets names the secrets that are there.
	HasSecrets                       []string
	CreatedAt, UpdatedAt, ArchivedAt time.Time
}

// Public is the id that the outside sees.
func (r Recipient) Public() string { return store.Public(RecipientPrefix, r.ID) }

// RecipientVersion is what stood of a recipient from a time on.
type RecipientVersion struct {
	Number    int
	Terms     RecipientTerms
	CreatedAt time.Time
	CreatedBy int64
}

// CreateRecipient stores a recipient with its first terms.
func (s *Runs) CreateRecipient(ctx context.Context, by account.By, workspace int64, t RecipientTerms, x Secrets, now time.Time) (Recipient, error) {
	if err := firstOf(t.check(), x.check(), x.signs(&t)); err != nil {
		return Recipient{}, failed("create recipient", err)
	}
	sealed, err := s.seal(x)
	if err != nil {
		return Recipient{}, failed("create recipient", err)
	}
	r := Recipient{Workspace: workspace, Version: 1, RecipientTerms: t, HasSecrets: x.names(), CreatedAt: now, UpdatedAt: now}
	err = s.Book.db.Write(ctx, func(tx *store.Tx) (err error) {
		if err := firstOf(s.may(ctx, tx, by, workspace), t.Target.mayBe(by)); err != nil {
			return err
		}
		if r.ID, err = tx.NewID(ctx); err != nil {
			return err
		}
		at := store.Micros(now)
		if _, err := tx.Exec(ctx, sqlAddRecipient, r.ID, workspace, sealed, at, at); err != nil {
			return err
		}
		if err := addTerms(ctx, tx, by, r, now); err != nil {
			return err
		}
		return s.note(ctx, tx, by, r.subject("provision.recipient.create"), now)
	})
	return r, failed("create recipient", err)
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func addTerms(ctx context.Context, tx *store.Tx, by account.By, r Recipient, now time.Time) error {
	text, err := json.Marshal(r.RecipientTerms)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlAddTerms, r.ID, r.Version, string(text), store.Micros(now), by.Actor.ID)
	return err
}

func (r Recipient) subject(action string) account.Entry {
	return account.Entry{
		Workspace: r.Workspace, Action: action, Subject: account.Subject{Kind: "provision_recipient", ID: r.ID},
		Detail: map[string]any{"version": r.Version},
	}
}

// EditRecipient stores new terms of a recipient whose UpdatedAt is still seen; else it
// is fault.Stale. Secrets that are empty stay what they are, so long as the server stays.
func (s *Runs) EditRecipient(ctx context.Context, by account.By, old Recipient, t RecipientTerms, x Secrets, now time.Time) (Recipient, error) {
	if err := firstOf(t.check(), x.check()); err != nil {
		return Recipient{}, failed("edit recipient", err)
	}
	next := old
	err := s.Book.db.Write(ctx, func(tx *store.Tx) error {
		if err := firstOf(s.may(ctx, tx, by, old.Workspace), t.Target.mayBe(by)); err != nil {
			return err
		}
		was, had, err := s.recipient(ctx, tx, old.Workspace, old.ID)
		if err != nil {
			return err
		}
		x = x.over(had, was.RecipientTerms, t)
		if err := x.signs(&t); err != nil {
			return err
		}
		sealed, err := s.seal(x)
		if err != nil {
			return err
		}
		next.RecipientTerms, next.Version, next.HasSecrets, next.UpdatedAt = t, old.Version+1, x.names(), now
		n, err := tx.Exec(ctx, sqlEditRecipient, next.Version, sealed, store.Micros(now), old.ID, old.Workspace, store.Micros(old.UpdatedAt))
		if err == nil && n == 0 {
			err = fault.New(fault.Stale, "fault.stale")
		}
		if err != nil {
			return err
		}
		if err := addTerms(ctx, tx, by, next, now); err != nil {
			return err
		}
		return s.note(ctx, tx, by, next.subject("provision.recipient.edit"), now)
	})
	return next, failed("edit recipient", err)
}

// ArchiveRecipient takes a recipient out of use: no run to it can be planned any more.
func (s *Runs) ArchiveRecipient(ctx context.Context, by account.By, workspace, id int64, now time.Time) error {
	return failed("archive recipient", s.Book.db.Write(ctx, func(tx *store.Tx) error {
		if err := s.may(ctx, tx, by, workspace); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, sqlArchiveRecipient, store.Micros(now), id, workspace)
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, "fault.not_found")
		}
		if err != nil {
			return err
		}
		return s.note(ctx, tx, by, Recipient{ID: id, Workspace: workspace}.subject("provision.recipient.archive"), now)
	}))
}
