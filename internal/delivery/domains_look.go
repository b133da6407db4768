package delivery

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/delivery/identity"
)

// keyFinding says how the record of the key in use stands, and its name. Records lists
// the RSA key first.
func keyFinding(records []Published) (f identity.Finding, name string) {
	f = identity.Finding{Mark: identity.Missing, Why: "missing"}
	for i, r := range records {
		if r.Key != KeyInUse {
			continue
		}
		switch {
		case r.Unknown:
			return identity.Finding{Mark: identity.Unknown, Why: "silent", What: r.Name}, r.Name
		case i == 0 && r.Right:
			f, name = identity.Finding{Mark: identity.Pass, Why: "pass", What: r.Name}, r.Name
		case i == 0 && len(r.Found) > 0:
			f, name = identity.Finding{Mark: identity.Fail, Why: "other", What: r.Name}, r.Name
		case i == 0:
			f, name = identity.Finding{Mark: identity.Missing, Why: "missing", What: r.Name}, r.Name
		}
	}
	return f, name
}

// marks looks at a domain as receivers do.
func (d *Domains) marks(ctx context.Context, domain string, key identity.Finding) account.Marks {
	if d.Look == nil {
		return account.Marks{}
	}
	q := d.Identity
	q.Domain, q.Key = domain, key
	seen := d.Look(ctx, q)
	text, err := json.Marshal(seen)
	if err != nil {
		text = nil // the marks count; what they rest on is for people
	}
	return account.Marks{
		SPF: string(seen.SPF.Mark), DKIM: string(seen.DKIM.Mark), DMARC: string(seen.DMARC.Mark), PTR: string(seen.PTR.Mark),
		Reach: string(seen.Reach.Mark), Plain: d.Plain, Seen: string(text),
	}
}

// Found is one mark with what it rests on.
type Found = identity.Finding

// Seen reads what the marks of a domain rest on; the zero value if it was never looked at.
func Seen(m account.Marks) (identity.Seen, error) {
	var s identity.Seen
	if m.Seen == "" {
		return s, nil
	}
	err := json.Unmarshal([]byte(m.Seen), &s)
	return s, err
}

// spfRecord is a record that lets our own addresses send, or what the MX records name
// where they are not known here.
func (d *Domains) spfRecord() string {
	if len(d.Identity.Sources) == 0 {
		return "v=spf1 mx -all"
	}
	parts := []string{"v=spf1"}
	for _, a := range d.Identity.Sources {
		kind := "ip6:"
		if a.Unmap().Is4() {
			kind = "ip4:"
		}
		parts = append(parts, kind+a.Unmap().String())
	}
	return strings.Join(append(parts, "-all"), " ")
}
