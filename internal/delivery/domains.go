package delivery

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/delivery/dkim"
	"github.com/kyodaku/kyodaku/internal/delivery/identity"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Domains looks after the domains that workspaces send from: their keys, and the
// proof that they are the sender's own.
type Domains struct {
	DB       *store.DB
	Accounts *account.Book
	Keys     *Keys
	// TXT asks the domain name system; an unknown name is an empty answer.
	TXT   func(ctx context.Context, name string) ([]string, error)
	Clock func() time.Time
	// Inside says that no mail leaves this machine: every domain is then internal.
	Inside bool
	// Look asks how a domain stands, as receivers do; nil leaves that out. Identity is what
	// it is asked with, but for the domain and its key.
	Look     func(ctx context.Context, q identity.Question) identity.Seen
	Identity identity.Question
	// Plain says that mail leaves to a relay elsewhere without TLS.
	Plain bool
}

// Published is a DNS record that should stand in a domain's zone.
type Published struct {
	Name, Value string
	// For is dkim, spf or dmarc.
	For string
	// Key says where the key of a dkim record stands; an old one may go at Until.
	Key   KeyState
	Until time.Time
	// Found is what stands there now; Right says that it will do.
	Found []string
	Right bool
	// Unknown says that no answer could be had.
	Unknown bool
}

// Records lists what the zone of a domain should hold, with what stands there.
func (d *Domains) Records(ctx context.Context, workspace int64, domain string) ([]Published, error) {
	keys, err := d.Keys.Records(ctx, d.DB, workspace, domain)
	if err != nil {
		return nil, err
	}
	var out []Published
	for _, k := range keys {
		out = append(out, d.look(ctx, Published{Name: k.Name, Value: k.Value, For: "dkim", Key: k.State, Until: k.Until}, func(found string) bool {
			return keyOf(found) != "" && keyOf(found) == keyOf(k.Value)
		}))
	}
	senders := []string{domain}
	if back := d.Identity.Envelope; back != "" && back != domain {
		senders = append(senders, back) // receivers look up who returns go to as well
	}
	for _, sender := range senders {
		out = append(out, d.look(ctx, Published{Name: sender, Value: d.spfRecord(), For: "spf"}, func(found string) bool {
			return strings.HasPrefix(strings.ToLower(found), "v=spf1")
		}))
	}
	out = append(out,
		d.look(ctx, Published{Name: "_dmarc." + domain, Value: "v=DMARC1; p=none", For: "dmarc"}, func(found string) bool {
			return strings.HasPrefix(strings.ToUpper(found), "V=DMARC1")
		}))
	return out, nil
}

// keyOf is the public key in a DKIM record (RFC 6376 3.6.1), without spaces.
func keyOf(record string) string {
	for tag := range strings.SplitSeq(record, ";") {
		name, value, _ := strings.Cut(tag, "=")
		if strings.TrimSpace(name) == "p" {
			return strings.Join(strings.Fields(value), "")
		}
	}
	return ""
}

func (d *Domains) look(ctx context.Context, p Published, right func(string) bool) Published {
	found, err := d.TXT(ctx, p.Name)
	if err != nil {
		p.Unknown = true // no answer is never taken for a good one
		return p
	}
	for _, text := range found {
		p.Found = append(p.Found, text)
		p.Right = p.Right || right(text)
	}
	return p
}

// Check asks anew and stores whether the domain is proven: its RSA key stands in
// its zone, which only its owner can have done; and how it stands otherwise. An answer
// that cannot be had leaves the state as it was.
func (d *Domains) Check(ctx context.Context, workspace int64, domain string, now time.Time) (account.Domain, error) {
	state := account.Domain{Workspace: workspace, Domain: domain, State: account.Unproven, CheckedAt: now}
	if d.Inside {
		state.State = account.Internal
		return state, d.keep(ctx, state, nil, now)
	}
	records, err := d.Records(ctx, workspace, domain)
	if err != nil {
		return state, err
	}
	key, name := keyFinding(records)
	if key.Mark == identity.Pass {
		state.State = account.Proven
	}
	state.Marks = d.marks(ctx, domain, key)
	if key.Mark != identity.Unknown {
		return state, d.keep(ctx, state, records, now)
	}
	if d.Look == nil {
		return state, fmt.Errorf("delivery: check domain: no answer for %s", name)
	}
	return state, d.DB.Write(ctx, func(tx *store.Tx) error {
		return d.Accounts.SetDomainMarks(ctx, tx, workspace, domain, state.Marks, now)
	})
}

func (d *Domains) keep(ctx context.Context, state account.Domain, records []Published, now time.Time) error {
	return d.DB.Write(ctx, func(tx *store.Tx) error {
		if err := d.turnKeys(ctx, tx, state.Workspace, state.Domain, records, now); err != nil {
			return err
		}
		if d.Look != nil && !d.Inside {
			if err := d.Accounts.SetDomainMarks(ctx, tx, state.Workspace, state.Domain, state.Marks, now); err != nil {
				return err
			}
		}
		return d.Accounts.SetDomainState(ctx, tx, state, now)
	})
}

// recheckEvery is how often a domain's records are looked at again. Four looks a day leave
// a night without name servers to pass before the last green one is too old (law.Fresh).
const recheckEvery = 6 * time.Hour

// recheckSoon is how often records are looked at that keys wait for, and how soon those
// that nobody answered for; recheckRed how often those that are not right.
const (
	recheckSoon = 5 * time.Minute
	recheckRed  = time.Hour
)

// Tend makes keys for domains that have none and checks those that were not
// looked at for some hours. It is run periodically. One that fails keeps no other waiting.
func (d *Domains) Tend(ctx context.Context, now time.Time) error {
	due, err := d.due(ctx, now)
	if err != nil {
		return err
	}
	var failed []error
	for _, x := range due {
		if err := d.DB.Write(ctx, func(tx *store.Tx) error {
			return d.Keys.Ensure(ctx, tx, x.Workspace, x.Domain, now)
		}); err != nil {
			return err
		}
		if _, err := d.Check(ctx, x.Workspace, x.Domain, now); err != nil {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

func (d *Domains) due(ctx context.Context, now time.Time) ([]account.Domain, error) {
	soon := store.Micros(now.Add(-recheckSoon))
	rows, err := d.DB.Query(ctx, sqlDueDomains, soon, store.Micros(now.Add(-recheckEvery)), soon, store.Micros(now.Add(-recheckRed)), string(dkim.RSASHA256))
	if err != nil {
		return nil, fmt.Errorf("delivery: domains: %w", err)
	}
	defer rows.Close()
	var out []account.Domain
	for rows.Next() {
		var x account.Domain
		if err := rows.Scan(&x.Workspace, &x.Domain); err != nil {
			return nil, fmt.Errorf("delivery: domains: %w", err)
		}
		out = append(out, x)
	}
	return out, rows.Err()
}

// Sign signs a message for a proven domain, whichever workspace it is of.
func (d *Domains) Sign(ctx context.Context, domain string, message []byte) ([]byte, error) {
	var workspace int64
	if err := d.DB.QueryRow(ctx, sqlDomainOwner, domain).Scan(&workspace); err != nil {
		return nil, fmt.Errorf("delivery: sign for %s: %w", domain, err)
	}
	return d.Keys.Sign(ctx, workspace, domain, nil, message, d.Clock())
}
