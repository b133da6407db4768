package provision

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/ssh"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
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

// Secrets are what the way to a recipient needs. They lie sealed and are never read
// back.
type Secrets struct {
	Password   string `json:"password,omitempty"`
	PrivateKey string `json:"private_key,omitempty"`
	// Token goes as a bearer token with an HTTPS hand-over.
	Token string `json:"token,omitempty"`
	// HookKey signs what a StopHook is told.
	HookKey string `json:"hook_key,omitempty"`
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

// check refuses what could not be written to or recorded.
func (t *RecipientTerms) check() error {
	var bad fault.Fields
	for _, f := range [...]struct {
		name  string
		value *string
		must  bool
	}{
		{"name", &t.Name, true},
		{"address", &t.Address, true},
		{"representative", &t.Representative, !t.Person},
		{"country", &t.Country, true},
		{"contract", &t.Contract, false},
		{"identity", &t.Identity, false},
		{"purpose", &t.Purpose, false},
		{"system", &t.System, t.SystemChecked != ""},
		{"foreign_law", &t.ForeignLaw, false},
		{"foreign_measures", &t.ForeignMeasures, false},
		{"device", &t.Device, false},
	} {
		*f.value = strings.TrimSpace(*f.value)
		switch v := *f.value; {
		case f.must && v == "":
			bad.Add(f.name, "provision.recipient.empty")
		case len(v) > mostText || !utf8.ValidString(v) || strings.ContainsRune(v, 0):
			bad.Add(f.name, "provision.text.bad")
		}
	}
	if c := t.Country; c != "" && (len(c) != 2 || strings.ToUpper(c) != c) {
		bad.Add("country", "provision.recipient.country")
	}
	if t.SystemChecked != "" && dayOf(t.SystemChecked).IsZero() {
		bad.Add("system_checked", "provision.start.bad")
	}
	if _, err := addr.ParseMail(t.StopMail); t.StopMail != "" && err != nil {
		bad.Add("stop_mail", "provision.stop.address")
	}
	if t.StopHook != "" && !secure(t.StopHook) {
		bad.Add("stop_hook", "provision.target.url")
	}
	t.Target.check(&bad)
	return bad.Err()
}

func (t *Target) check(bad *fault.Fields) {
	switch t.Kind {
	case ByFile:
	case BySFTP:
		if _, port, err := net.SplitHostPort(t.Host); err != nil || port == "" {
			bad.Add("target.host", "provision.target.host")
		}
		if blank(t.User) {
			bad.Add("target.user", "provision.recipient.empty")
		}
		if !path.IsAbs(t.Folder) || strings.ContainsRune(t.Folder, 0) {
			bad.Add("target.folder", "provision.target.folder")
		}
		if _, _, _, _, err := ssh.ParseAuthorizedKey([]byte(t.HostKey)); err != nil {
			bad.Add("target.host_key", "provision.target.host_key")
		}
	case ByHTTPS:
		if !secure(t.URL) {
			bad.Add("target.url", "provision.target.url")
		}
	default:
		bad.Add("target.kind", "provision.target.kind")
	}
}

// mayBe refuses a program that wants to reach into our own network.
func (t *Target) mayBe(by account.By) error {
	if t.Inside && by.Actor.Kind == account.ActorAPIKey {
		return fault.Bad("target.inside", "provision.target.inside")
	}
	return nil
}

// secure says whether a text is a URL that data may go to.
func secure(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Scheme == "https" && u.Hostname() != "" && u.User == nil && len(text) <= mostText
}

// dayOf is the first moment of a day, zero where there is none.
func dayOf(text string) time.Time { return Items{Start: text}.StartDay() }

// facts are what the rules ask about the recipient.
func (t *RecipientTerms) facts(now time.Time) law.Recipient {
	f := law.Recipient{
		Place: law.PlaceOf(t.Country), System: t.System != "", Contract: t.Contract != "",
		Identified: t.Identity != "" && t.Purpose != "",
	}
	if checked := dayOf(t.SystemChecked); !checked.IsZero() {
		for at := checked.AddDate(0, 1, 0); !at.After(now); at = checked.AddDate(0, f.CheckedMonths+1, 0) {
			f.CheckedMonths++
		}
	} else if f.System {
		f.CheckedMonths = neverChecked
	}
	return f
}

// neverChecked are more months than any rule allows.
const neverChecked = 1200

// missing counts what a record lacks of its recipient (APPI-R 20(1)).
func (t *RecipientTerms) missing() int {
	n := 0
	for _, v := range []bool{blank(t.Name), blank(t.Address), !t.Person && blank(t.Representative)} {
		if v {
			n++
		}
	}
	return n
}

// useSecrets is what the secrets of recipients are sealed for.
const useSecrets = "provision recipient"

func (s *Runs) seal(x Secrets) ([]byte, error) {
	text, err := json.Marshal(x)
	if err != nil {
		return nil, err
	}
	return s.Ring.Seal(useSecrets, text), nil
}

func (s *Runs) unseal(sealed []byte) (x Secrets, err error) {
	text, err := s.Ring.Open(useSecrets, sealed)
	if err != nil {
		return x, err
	}
	return x, json.Unmarshal(text, &x)
}

// over takes what is new and keeps the rest.
func (x Secrets) over(old Secrets) Secrets {
	for _, f := range []struct{ new, old *string }{
		{&x.Password, &old.Password}, {&x.PrivateKey, &old.PrivateKey}, {&x.Token, &old.Token}, {&x.HookKey, &old.HookKey},
	} {
		if *f.new == "" {
			*f.new = *f.old
		}
	}
	return x
}

func (x Secrets) names() []string {
	out := []string{}
	for _, f := range []struct{ name, value string }{
		{"password", x.Password}, {"private_key", x.PrivateKey}, {"token", x.Token}, {"hook_key", x.HookKey},
	} {
		if f.value != "" {
			out = append(out, f.name)
		}
	}
	return out
}

func (x Secrets) check() error {
	if x.PrivateKey == "" {
		return nil
	}
	if _, err := ssh.ParsePrivateKey([]byte(x.PrivateKey)); err != nil {
		return fault.Bad("private_key", "provision.target.private_key")
	}
	return nil
}

// CreateRecipient stores a recipient with its first terms.
func (s *Runs) CreateRecipient(ctx context.Context, by account.By, workspace int64, t RecipientTerms, x Secrets, now time.Time) (Recipient, error) {
	if err := firstOf(t.check(), x.check()); err != nil {
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
// is fault.Stale. Secrets that are empty stay what they are.
func (s *Runs) EditRecipient(ctx context.Context, by account.By, old Recipient, t RecipientTerms, x Secrets, now time.Time) (Recipient, error) {
	if err := firstOf(t.check(), x.check()); err != nil {
		return Recipient{}, failed("edit recipient", err)
	}
	next := old
	err := s.Book.db.Write(ctx, func(tx *store.Tx) error {
		if err := firstOf(s.may(ctx, tx, by, old.Workspace), t.Target.mayBe(by)); err != nil {
			return err
		}
		_, had, err := s.recipient(ctx, tx, old.Workspace, old.ID)
		if err != nil {
			return err
		}
		x = x.over(had)
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

// Recipients lists the recipients of a workspace, archived ones too, the oldest first.
func (s *Runs) Recipients(ctx context.Context, r store.Reader, workspace int64) ([]Recipient, error) {
	ids, err := store.IDs(r.Query(ctx, sqlRecipients, workspace))
	if err != nil {
		return nil, failed("recipients", err)
	}
	out := make([]Recipient, 0, len(ids)) // a company has a handful
	for _, id := range ids {
		one, err := s.Recipient(ctx, r, workspace, id)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

// Recipient reads a recipient as it stands.
func (s *Runs) Recipient(ctx context.Context, r store.Reader, workspace, id int64) (Recipient, error) {
	one, _, err := s.recipient(ctx, r, workspace, id)
	return one, failed("recipient", err)
}

func (s *Runs) recipient(ctx context.Context, r store.Reader, workspace, id int64) (Recipient, Secrets, error) {
	one := Recipient{ID: id, Workspace: workspace}
	var sealed []byte
	var terms string
	var created, updated, archived int64
	err := r.QueryRow(ctx, sqlRecipient, id, workspace).Scan(&one.Version, &sealed, &created, &updated, &archived, &terms)
	if err != nil {
		return Recipient{}, Secrets{}, err
	}
	one.CreatedAt, one.UpdatedAt, one.ArchivedAt = store.Time(created), store.Time(updated), store.Time(archived)
	if err := json.Unmarshal([]byte(terms), &one.RecipientTerms); err != nil {
		return Recipient{}, Secrets{}, fmt.Errorf("terms: %w", err)
	}
	x, err := s.unseal(sealed)
	one.HasSecrets = x.names()
	return one, x, err
}

// RecipientVersions lists what stood of a recipient, the oldest first.
func (s *Runs) RecipientVersions(ctx context.Context, r store.Reader, workspace, id int64) ([]RecipientVersion, error) {
	rows, err := r.Query(ctx, sqlTerms, id, workspace)
	if err != nil {
		return nil, failed("recipient versions", err)
	}
	defer rows.Close()
	var out []RecipientVersion
	for rows.Next() {
		var v RecipientVersion
		var text string
		var at int64
		if err := rows.Scan(&v.Number, &text, &at, &v.CreatedBy); err != nil {
			return nil, failed("recipient versions", err)
		}
		if err := json.Unmarshal([]byte(text), &v.Terms); err != nil {
			return nil, failed("recipient versions", err)
		}
		v.CreatedAt = store.Time(at)
		out = append(out, v)
	}
	return out, failed("recipient versions", rows.Err())
}
