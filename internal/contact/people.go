package contact

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Flags are what is known of the origin of a person's data that keeps them from being
// provided by opt-out (個人情報保護法27条2項ただし書). Copies, merges and exports keep them; only
// somebody who answers for it takes one off, see Unflag.
type Flags int64

// The flags. Their values are stored.
const (
	FlagSensitive Flags = 1 << iota
	FlagFace
	// FlagIllicit: acquired by deceit or other improper means.
	FlagIllicit
	// FlagUnknown: nobody can say how they were acquired.
	FlagUnknown
	// FlagOptOut: given to us by another under its own opt-out.
	FlagOptOut
)

// flagNames are the flags as files and programs write them.
var flagNames = [...]struct {
	flag Flags
	name string
}{{FlagSensitive, "sensitive"}, {FlagFace, "face"}, {FlagIllicit, "illicit"}, {FlagUnknown, "unknown"}, {FlagOptOut, "via_opt_out"}}

// Has says whether any of the others is among these.
func (f Flags) Has(other Flags) bool { return f&other != 0 }

// Names lists the flags by their names.
func (f Flags) Names() []string {
	out := []string{}
	for _, n := range flagNames {
		if f.Has(n.flag) {
			out = append(out, n.name)
		}
	}
	return out
}

// ParseFlags reads names with blanks between, as Names gives them; an unknown name is
// false.
func ParseFlags(text string) (f Flags, ok bool) {
	for _, word := range strings.Fields(text) {
		known := false
		for _, n := range flagNames {
			if n.name == word {
				f, known = f|n.flag, true
			}
		}
		if !known {
			return 0, false
		}
	}
	return f, true
}

// Person is a contact with all that a provision to third parties asks about.
type Person struct {
	Contact
	Flags Flags
	// Mails are the mail addresses as shown, Domain that of the first.
	Mails  []string
	Domain string
	// Hashes are those of every address, of whatever channel.
	Hashes [][]byte
	// Before are the contacts that were merged into this one.
	Before []int64
}

// People lists the living contacts of a segment by their keys, from behind page.After,
// with their addresses. next is where the following page begins; 0 is the end, which
// need not be a page that is empty.
func (b *Book) People(ctx context.Context, r store.Reader, workspace int64, s Segment, page Page) (people []Person, next int64, err error) {
	if page.Limit <= 0 {
		page.Limit = pageLimit
	}
	people, last, n, err := peopleOf(ctx, r, workspace, s, page)
	if err == nil && len(people) > 0 {
		err = addressesAndPast(ctx, r, people)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("contact: people: %w", err)
	}
	if n == page.Limit {
		next = last
	}
	return people, next, nil
}

func peopleOf(ctx context.Context, r store.Reader, workspace int64, s Segment, page Page) (people []Person, last int64, n int, err error) {
	args := append(append([]any{workspace, page.After}, s.args()...), page.Limit)
	rows, err := r.Query(ctx, sqlPeople, args...)
	if err != nil {
		return nil, 0, 0, err
	}
	defer rows.Close()
	people = make([]Person, 0, page.Limit)
	var p Person
	scan := contactRowScan{contact: &p.Contact}
	dest := append(scan.dest(), &p.Flags)
	for rows.Next() {
		p = Person{}
		if err := rows.Scan(dest...); err != nil {
			return nil, 0, 0, err
		}
		if err := scan.end(); err != nil {
			return nil, 0, 0, err
		}
		n, last = n+1, p.ID
		in, err := s.holds(Member{attrs: scan.attrs})
		if err != nil {
			return nil, 0, 0, err
		}
		if in {
			people = append(people, p)
		}
	}
	return people, last, n, rows.Err()
}

// addressesAndPast fills in the addresses of people who stand in the order of their
// keys, and whom they were made of.
func addressesAndPast(ctx context.Context, r store.Reader, people []Person) error {
	ids := make([]int64, len(people))
	at := make(map[int64]*Person, len(people))
	for i := range people {
		ids[i], at[people[i].ID] = people[i].ID, &people[i]
	}
	rows, err := r.Query(ctx, sqlPeopleAddresses, store.In(ids))
	if err != nil {
		return err
	}
	defer rows.Close()
	var owner int64
	var channel, shown, domain string
	for rows.Next() {
		var hash []byte
		if err := rows.Scan(&owner, &channel, &shown, &domain, &hash); err != nil {
			return err
		}
		p := at[owner]
		p.Hashes = append(p.Hashes, hash)
		if channel == string(addr.Email) && shown != "" {
			if p.Mails = append(p.Mails, shown); len(p.Mails) == 1 {
				p.Domain = domain
			}
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return past(ctx, r, ids, at)
}

// past follows the merges back, however many there were one after another.
func past(ctx context.Context, r store.Reader, ids []int64, at map[int64]*Person) error {
	for len(ids) > 0 {
		rows, err := r.Query(ctx, sqlMergedInto, store.In(ids))
		if err != nil {
			return err
		}
		ids = nil
		for rows.Next() {
			var from, into int64
			if err := rows.Scan(&from, &into); err != nil {
				_ = rows.Close() // the scan's error is the one to report
				return err
			}
			if at[from] == nil {
				at[into].Before = append(at[into].Before, from)
				at[from], ids = at[into], append(ids, from)
			}
		}
		if err := rows.Close(); err != nil {
			return err
		}
		if err := rows.Err(); err != nil {
			return err
		}
	}
	return nil
}

// Text is a column of the person as an export writes it: one of ExportColumns, or
// "attr:" and a key. Several mail addresses have "; " between them.
func (p *Person) Text(column string) string {
	if key, own := strings.CutPrefix(column, "attr:"); own {
		return p.Attrs[key]
	}
	switch column {
	case "email":
		return strings.Join(p.Mails, "; ")
	case "family_name":
		return p.FamilyName
	case "given_name":
		return p.GivenName
	case "family_kana":
		return p.FamilyKana
	case "given_kana":
		return p.GivenKana
	case "display_name":
		return p.DisplayName
	case "company":
		return p.Company
	case "department":
		return p.Department
	case "title":
		return p.Title
	case "postal_code":
		return p.PostalCode
	case "prefecture":
		return p.Prefecture
	case "country":
		return p.Country
	case "locale":
		return string(p.Lang)
	}
	return ""
}

// Flag adds what is known of the origin of some people's data; of somebody who was merged into
// another just before, to whom they are now.
func (b *Book) Flag(ctx context.Context, tx *store.Tx, workspace int64, people []int64, f Flags) error {
	if len(people) == 0 || f == 0 {
		return nil
	}
	if _, err := tx.Exec(ctx, sqlFlag, int64(f), workspace, store.In(people)); err != nil {
		return wrap("flag", err)
	}
	_, err := tx.Exec(ctx, sqlFlagJoined, int64(f), workspace, store.In(people))
	return wrap("flag", err)
}

// Unflag takes back what was held of the origin of a person's data, because it was a
// mistake or has been cleared up. Who may do it, and why, is the caller's to ask and audit.
func (b *Book) Unflag(ctx context.Context, tx *store.Tx, workspace, id int64, f Flags) error {
	_, err := tx.Exec(ctx, sqlUnflag, int64(^f), workspace, id)
	return wrap("unflag", err)
}

// AllFlags lists every flag by its name.
func AllFlags() []string { return (^Flags(0)).Names() }

// FlagsOf reads what is known of the origin of a person's data; of whom the person was merged
// into, too.
func (b *Book) FlagsOf(ctx context.Context, r store.Reader, workspace, id int64) (Flags, error) {
	id, err := b.Living(ctx, r, id)
	if err != nil {
		return 0, err
	}
	var f Flags
	err = r.QueryRow(ctx, sqlOriginOf, workspace, id).Scan(&f)
	return f, wrap("flags", err)
}

// Refused says of address hashes whose person refused mail; see Ledger.Suppressed.
func (b *Book) Refused(ctx context.Context, r store.Reader, workspace int64, hashes [][]byte) (map[string]bool, error) {
	return b.ledger.Suppressed(ctx, r, workspace, hashes)
}

// Living is the contact that one was merged into, however often; itself where it was not.
func (b *Book) Living(ctx context.Context, r store.Reader, id int64) (int64, error) {
	err := r.QueryRow(ctx, sqlLiving, id).Scan(&id)
	if fault.Is(err, fault.NotFound) {
		err = nil // whoever asks for it by name finds out
	}
	return id, wrap("living", err)
}

// With lists all contacts that are one person with this one by merges; the one that they were
// merged into is the first.
func (b *Book) With(ctx context.Context, r store.Reader, id int64) ([]int64, error) {
	id, err := b.Living(ctx, r, id)
	if err != nil {
		return nil, err
	}
	one := &Person{}
	err = past(ctx, r, []int64{id}, map[int64]*Person{id: one})
	return append([]int64{id}, one.Before...), wrap("with", err)
}

// HashesOf lists the keyed hashes of the addresses of some contacts, erased ones too.
func (b *Book) HashesOf(ctx context.Context, r store.Reader, workspace int64, people []int64) ([][]byte, error) {
	rows, err := r.Query(ctx, sqlHashesOf, store.In(people), workspace)
	if err != nil {
		return nil, wrap("hashes", err)
	}
	defer rows.Close()
	var out [][]byte
	for rows.Next() {
		var hash []byte
		if err := rows.Scan(&hash); err != nil {
			return nil, wrap("hashes", err)
		}
		out = append(out, hash)
	}
	return out, wrap("hashes", rows.Err())
}

// PersonHash is the keyed hash by which a person is known who has no address.
func (b *Book) PersonHash(workspace, id int64) []byte {
	return b.ring.AddressHash(workspace, "person", strconv.FormatInt(id, 10))
}
