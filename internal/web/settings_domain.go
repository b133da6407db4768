package web

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/law"
)

// DNS knows what a sending domain has to publish. Delivery's signing keys and the
// resolver stand behind it.
type DNS interface {
	// Records lists what the domain's zone should hold, with what stands there now.
	Records(ctx context.Context, workspace int64, domain string) ([]DNSRecord, error)
	// Rotate makes the domain's next signing keys.
	Rotate(ctx context.Context, by account.By, workspace int64, domain string) error
	// Check asks the domain name system anew and stores what it found.
	Check(ctx context.Context, by account.By, workspace int64, domain string) error
}

// DNSRecord is one record to publish.
type DNSRecord struct {
	// Type is TXT, CNAME or MX; Name is fully qualified, without a dot at the end.
	Type, Name, Value string
	// Key is the catalogue key of a line that says what the record is for.
	Key string
	// State is the catalogue key of a line that says where a signing key stands, empty if
	// nothing is to be said; Until is for it.
	State string
	Until time.Time
	// Found says that the record stands in the zone.
	Found bool
}

const domainsPath = settingsPath + "/domains"

// domainsPage lists the domains that mails come from.
type domainsPage struct {
	Domains []domainRow
	// CanCheck is set where the domain name system can be asked.
	CanCheck bool
}

// domainRow is a domain with what it has to publish.
type domainRow struct {
	account.Domain
	Records []DNSRecord
	// Proof sums SPF, DKIM and DMARC up, in the law's word; Marks are what was found.
	Proof string
	Seen  []markRow
	// Obsolete says that the DMARC record holds a tag that is no more.
	Obsolete bool
}

// markRow is one thing that receivers look at.
type markRow struct {
	Name, State, Text string
	Good              bool
}

// ProofKey is the catalogue key of the proof's word.
func (d domainRow) ProofKey() string { return "web.identity.proof." + d.Proof }

// marks says how the domain stood when it was last looked at, in plain words. What the
// last look could not ask shows the answer before it, as long as that counts.
func (d *domainRow) marks(c *Call) {
	m := d.Domain.Marks
	if d.State == account.Internal {
		d.Proof = "internal"
		return
	}
	facts := law.Identity{SPF: m.SPF, DKIM: m.DKIM, DMARC: m.DMARC, PTR: m.PTR, Reach: m.Reach}
	d.Proof = facts.ProofOf(m.GreenAt, c.Now)
	facts = facts.Aged(law.Answered(m.At), c.Now)
	if m.LookedAt.IsZero() {
		return
	}
	seen, err := delivery.Seen(m)
	if err != nil {
		c.site.Log.Error("what was seen of a domain cannot be read", "error", err)
	}
	d.Obsolete = seen.Obsolete
	for _, x := range [...]struct {
		part, mark string
		found      delivery.Found
	}{
		{"spf", facts.SPF, seen.SPF}, {"dkim", facts.DKIM, seen.DKIM}, {"dmarc", facts.DMARC, seen.DMARC}, {"ptr", facts.PTR, seen.PTR}, {"reach", facts.Reach, seen.Reach},
	} {
		row := markRow{Name: c.T("web.identity." + x.part), State: c.T("web.identity.mark." + x.mark), Good: x.mark == "pass" || x.mark == "outside"}
		if x.found.Why != "" {
			row.Text = c.T("web.identity."+x.part+"."+x.found.Why, "What", x.found.What)
		}
		d.Seen = append(d.Seen, row)
	}
}

// StateKey is the catalogue key of the state's word.
func (d domainRow) StateKey() string { return "web.domains.state." + string(d.State) }

func (s *Site) domainList(c *Call) error {
	domains, err := s.Accounts.Domains(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return err
	}
	p := domainsPage{CanCheck: s.DNS != nil}
	for _, d := range domains {
		row := domainRow{Domain: d}
		row.marks(c)
		if s.DNS != nil && d.State != account.Internal {
			if row.Records, err = s.DNS.Records(c.Context(), c.Workspace.ID, d.Domain); err != nil {
				return err
			}
		}
		p.Domains = append(p.Domains, row)
	}
	return c.Render("domains", p)
}

func (s *Site) domainCheck(c *Call) error {
	if s.DNS == nil {
		return notFound(c)
	}
	if err := s.DNS.Check(c.Context(), c.By(), c.Workspace.ID, c.R.PathValue("domain")); err != nil {
		return err
	}
	return c.Done(domainsPath, "web.domains.checked")
}

// domainRotate begins to change the signing keys of a domain.
func (s *Site) domainRotate(c *Call) error {
	if s.DNS == nil {
		return notFound(c)
	}
	if err := s.DNS.Rotate(c.Context(), c.By(), c.Workspace.ID, c.R.PathValue("domain")); err != nil {
		return err
	}
	return c.Done(domainsPath, "web.domains.rotated")
}
