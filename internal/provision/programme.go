package provision

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/throttle"
)

// Class is the legal class of a programme.
type Class string

// The classes (APPI 27(1), (2), (5)).
const (
	Consent    Class = "consent"
	OptOut     Class = "opt_out"
	Entrust    Class = "entrust"
	Succession Class = "succession"
	JointUse   Class = "joint_use"
	LegalDuty  Class = "legal_duty"
)

// Classes lists every class, the usual ones first.
func Classes() []Class { return []Class{Consent, Entrust, JointUse, OptOut, Succession, LegalDuty} }

// Prefix is the public prefix of a programme's id.
const Prefix = "prg"

// Programme is one kind of provision to third parties.
type Programme struct {
	ID, Workspace int64
	Name          string
	Class         Class
	// Draft is what the next version will say.
	Draft Items
	// Versions are what was frozen so far, the oldest first, with their steps.
	Versions             []Version
	CreatedAt, UpdatedAt time.Time
}

// Public is the id that the outside sees.
func (p Programme) Public() string { return store.Public(Prefix, p.ID) }

// Version is a frozen wording of the items.
type Version struct {
	Number int
	Items  Items
	// Hash is the SHA-256 of the items' canonical JSON.
	Hash      [sha256.Size]byte
	CreatedAt time.Time
	// Steps are what was done about it, in the law's order; Back was recorded and taken back.
	Steps, Back []Step
}

// Book keeps programmes.
type Book struct {
	db       *store.DB
	accounts *account.Book
	people   *contact.Book
	rules    *law.Set
	networks *throttle.Throttle
}

// New makes a book.
func New(db *store.DB, accounts *account.Book, people *contact.Book, rules *law.Set) *Book {
	return &Book{db: db, accounts: accounts, people: people, rules: rules, networks: throttle.New(askEvery, askBurst)}
}

// mostName bounds a programme's name, in octets.
const mostName = 200

// Create stores a programme with an empty draft. The provider's name and address are
// the caller's to fill in; the legal class cannot change later.
func (b *Book) Create(ctx context.Context, by account.By, p Programme, now time.Time) (Programme, error) {
	var bad fault.Fields
	p.Name = strings.TrimSpace(p.Name)
	if p.Name == "" || len(p.Name) > mostName {
		bad.Add("name", "provision.name")
	}
	if !valid(p.Class) {
		bad.Add("class", "provision.class")
	}
	if err := bad.Err(); err != nil {
		return Programme{}, failed("create", err)
	}
	if err := p.Draft.check(); err != nil {
		return Programme{}, failed("create", err)
	}
	err := b.db.Write(ctx, func(tx *store.Tx) error {
		if err := b.mayHold(ctx, tx, p.Workspace, &p.Draft); err != nil {
			return err
		}
		id, err := tx.NewID(ctx)
		if err != nil {
			return err
		}
		draft, err := json.Marshal(p.Draft)
		if err != nil {
			return err
		}
		at := store.Micros(now)
		if _, err := tx.Exec(ctx, sqlAddProgramme, id, p.Workspace, p.Name, string(p.Class), string(draft), at, at); err != nil {
			return err
		}
		p.ID, p.CreatedAt, p.UpdatedAt = id, store.Time(at), store.Time(at)
		return b.note(ctx, tx, by, p, act{"provision.create", nil, now})
	})
	return p, failed("create", err)
}

func valid(c Class) bool {
	for _, known := range Classes() {
		if c == known {
			return true
		}
	}
	return false
}

// Edit stores a new draft of a programme whose UpdatedAt is still seen; fault.Stale
// otherwise. Nothing of it counts before it is frozen.
func (b *Book) Edit(ctx context.Context, by account.By, old Programme, draft Items, now time.Time) error {
	if err := draft.check(); err != nil {
		return failed("edit", err)
	}
	return failed("edit", b.db.Write(ctx, func(tx *store.Tx) error {
		if err := b.mayHold(ctx, tx, old.Workspace, &draft); err != nil {
			return err
		}
		text, err := json.Marshal(draft)
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, sqlEditDraft, string(text), store.Micros(now), old.ID, old.Workspace, store.Micros(old.UpdatedAt))
		if err == nil && n == 0 {
			err = fault.New(fault.Stale, "fault.stale")
		}
		if err != nil {
			return err
		}
		return b.note(ctx, tx, by, old, act{"provision.edit", nil, now})
	}))
}

// Freeze makes a version of the draft. A draft that lacks what the law asks of its class
// cannot be frozen (rules PRV-03, PRV-13); the error names each. A draft equal to the last version is fault.Exists.
// Of the programme its id and workspace count, and its UpdatedAt where it is set: a draft that was
// edited since is fault.Stale, for nobody freezes what they have not seen.
func (b *Book) Freeze(ctx context.Context, by account.By, of Programme, now time.Time) (Version, error) {
	var v Version
	err := b.db.Write(ctx, func(tx *store.Tx) error {
		if err := hold(ctx, tx, of.Workspace, of.ID); err != nil {
			return err
		}
		p, err := b.ByID(ctx, tx, of.Workspace, of.ID)
		if err != nil {
			return err
		}
		if !of.UpdatedAt.IsZero() && !of.UpdatedAt.Equal(p.UpdatedAt) {
			return fault.New(fault.Stale, "fault.stale")
		}
		seen := slices.Clone(p.Draft.Terms.Named)
		if err := b.mayHold(ctx, tx, of.Workspace, &p.Draft); err != nil { // a field may have gone since
			return err
		}
		if !slices.Equal(seen, p.Draft.Terms.Named) { // a recipient is called otherwise now than in the draft
			return fault.New(fault.Stale, "provision.named.renamed")
		}
		if v, err = p.next(now); err != nil {
			return err
		}
		text, err := json.Marshal(v.Items)
		if err != nil {
			return err
		}
		row, err := tx.NewID(ctx)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, sqlAddVersion, row, p.ID, v.Number, string(text), v.Hash[:], store.Micros(now), by.Actor.ID)
		if err != nil {
			return err
		}
		return b.note(ctx, tx, by, p, act{"provision.freeze", map[string]any{"version": v.Number}, now})
	})
	return v, failed("freeze", err)
}

// next is the version that the draft would become.
func (p Programme) next(now time.Time) (Version, error) {
	var bad fault.Fields
	for _, item := range p.Missing() {
		bad.Add("item_"+string(item), "provision.item.missing."+string(item))
	}
	if err := bad.Err(); err != nil {
		return Version{}, err
	}
	if in := p.InForce(); p.Class == OptOut && in != nil && in.Items.Start == p.Draft.Start && !onlyAfter(in.Items, p.Draft) && p.Draft.StartDay().Before(now) {
		return Version{}, fault.Bad("item_"+string(ItemStart), "provision.start.kept")
	}
	if last := p.latest(); last != nil && len(Changes(last.Items, p.Draft)) == 0 {
		return Version{}, fault.New(fault.Exists, "provision.version.same")
	}
	text, err := json.Marshal(p.Draft)
	if err != nil {
		return Version{}, err
	}
	return Version{Number: len(p.Versions) + 1, Items: p.Draft, Hash: sha256.Sum256(text), CreatedAt: now}, nil
}

func (p Programme) latest() *Version {
	if len(p.Versions) == 0 {
		return nil
	}
	return &p.Versions[len(p.Versions)-1]
}

// List reads every programme of a workspace, the oldest first.
func (b *Book) List(ctx context.Context, r store.Reader, workspace int64) ([]Programme, error) {
	ids, err := programmeIDs(ctx, r, workspace)
	if err != nil {
		return nil, failed("list", err)
	}
	out := make([]Programme, 0, len(ids)) // a company has a handful
	for _, id := range ids {
		p, err := b.ByID(ctx, r, workspace, id)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

func programmeIDs(ctx context.Context, r store.Reader, workspace int64) ([]int64, error) {
	return store.IDs(r.Query(ctx, sqlProgrammes, workspace))
}

// ByID reads a programme with its versions and their steps.
func (b *Book) ByID(ctx context.Context, r store.Reader, workspace, id int64) (Programme, error) {
	p := Programme{ID: id, Workspace: workspace}
	var draft string
	var created, updated int64
	err := r.QueryRow(ctx, sqlProgramme, id, workspace).Scan(&p.Name, &p.Class, &draft, &created, &updated)
	if err != nil {
		return Programme{}, failed("read", err)
	}
	p.CreatedAt, p.UpdatedAt = store.Time(created), store.Time(updated)
	if err := json.Unmarshal([]byte(draft), &p.Draft); err != nil {
		return Programme{}, failed("read", err)
	}
	if p.Versions, err = versions(ctx, r, id); err != nil {
		return Programme{}, failed("read", err)
	}
	return p, failed("read", steps(ctx, r, id, p.Versions))
}

func versions(ctx context.Context, r store.Reader, programme int64) ([]Version, error) {
	rows, err := r.Query(ctx, sqlVersions, programme)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Version
	for rows.Next() {
		var v Version
		var text string
		var hash []byte
		var created int64
		if err := rows.Scan(&v.Number, &text, &hash, &created); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(text), &v.Items); err != nil {
			return nil, err
		}
		v.Hash, v.CreatedAt = [sha256.Size]byte(hash), store.Time(created)
		out = append(out, v)
	}
	return out, rows.Err()
}

// hold keeps a programme to the end of the transaction: its versions and steps are
// numbered and judged one after another.
func hold(ctx context.Context, tx *store.Tx, workspace, id int64) error {
	var held int64
	return tx.QueryRow(ctx, sqlHoldProgramme, id, workspace).Scan(&held)
}

// note writes the audit entry of an act.
func (b *Book) note(ctx context.Context, tx *store.Tx, by account.By, p Programme, a act) error {
	return b.accounts.Audit(ctx, tx, account.Entry{
		Workspace: p.Workspace, Actor: by.Actor, Network: by.Network, Action: a.name,
		Subject: account.Subject{Kind: "provision_programme", ID: p.ID}, Detail: a.detail,
	}, a.at)
}

// act is what the audit log is told of.
type act struct {
	name   string
	detail any
	at     time.Time
}

// failed names the verb in which an error came up; nil stays nil.
func failed(verb string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("provision: %s: %w", verb, err)
}
