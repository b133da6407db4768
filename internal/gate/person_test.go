package gate

import (
	"testing"

	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestACompanyOnFileMakesNobodyABusiness: where a consumer works is no reason to take the
// protection of consumers away (BASIS-10, EU-01); an address of the company's own is, or
// that somebody says so.
func TestACompanyOnFileMakesNobodyABusiness(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		p    person
		said bool
		want string
	}{
		"nothing on file":             {person{domain: "firma.example", named: true}, false, "unknown"},
		"an address of the company's": {person{domain: "firma.example", named: true, company: true}, false, "business"},
		"the company itself":          {person{domain: "firma.example", company: true}, false, "organisation"},
		"freemail":                    {person{domain: "gmail.com", named: true, company: true}, false, "unknown"},
		"freemail without a name":     {person{domain: "gmail.com", company: true}, false, "unknown"},
		"a carrier's mailbox":         {person{domain: "docomo.ne.jp", named: true, company: true}, false, "unknown"},
		"an old SoftBank mailbox":     {person{domain: "d.vodafone.ne.jp", named: true, company: true}, false, "unknown"},
		"a LINE account":              {person{channel: "line", named: true, company: true}, false, "unknown"},
		"somebody says so":            {person{domain: "gmail.com", named: true}, true, "business"},
		"and of a company":            {person{domain: "gmail.com", company: true}, true, "organisation"},
	} {
		if got := c.p.kind(c.said); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// TestConsumersAtWorkAreProtected holds the same from rows to the refusal.
func TestConsumersAtWorkAreProtected(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		card := func(country, domain string) Request {
			id := w.based(country, contact.Notified, nil)
			w.living(id, country, "Firma")
			w.set("domain", domain, id)
			return w.ad(id)
		}
		for _, c := range []struct {
			mailOrder       bool
			country, domain string
			want            law.RuleID
		}{
			{false, "FR", "firma.fr", ""},
			{false, "FR", "gmail.com", "EU-01"},
			{true, "JP", "firma.co.jp", ""},
			{true, "JP", "docomo.ne.jp", "BASIS-10"},
		} {
			w.set("mail_order", c.mailOrder, w.ws)
			d, err := w.gate.Admit(t.Context(), db, Audience{Workspace: w.ws, Profile: w.profile, Stage: Planned}, []Request{card(c.country, c.domain)}, w.clock.read())
			if err != nil {
				t.Fatal(err)
			}
			got := law.RuleID("")
			if no := d[0].Refusal; no != nil {
				got = no.Rule
			}
			if got != c.want {
				t.Errorf("%+v: %q", c, got)
			}
		}
	})
}

// TestHintsThatContradictCountTogether: of somebody who stated one country and has a
// telephone and a mailbox in others, every law counts, in answers and in permits.
func TestHintsThatContradictCountTogether(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		id := w.based("JP", contact.Consent, nil)
		ask := func() (law.RuleID, law.Nexus) {
			t.Helper()
			d, err := w.gate.Admit(t.Context(), db, Audience{Workspace: w.ws, Profile: w.profile, Stage: Planned}, []Request{w.ad(id)}, w.clock.read())
			if err != nil {
				t.Fatal(err)
			}
			n, err := Nexus(t.Context(), db, w.ws, id)
			if err != nil {
				t.Fatal(err)
			}
			if d[0].Refusal == nil {
				return "", n
			}
			return d[0].Refusal.Rule, n
		}
		if no, n := ask(); no != "" || n.Reach().Hint != "stated" {
			t.Errorf("in Japan alone: %s by %s", no, n.Reach().Hint)
		}
		w.set("domain", "firma.de", id)
		if no, n := ask(); no != "DE-01" || n.Reach().Hint != "several" || n.Reach().Country != "JP" {
			t.Errorf("with a German mailbox: %s by %s", no, n.Reach().Hint)
		}
	})
}
