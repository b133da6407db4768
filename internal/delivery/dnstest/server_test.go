package dnstest_test

import (
	"testing"

	"github.com/miekg/dns"

	"github.com/kyodaku/kyodaku/internal/delivery/dnstest"
	"github.com/kyodaku/kyodaku/internal/delivery/mx"
)

// A real validator tells the signed from the unsigned and the bogus.
func TestUnboundValidatesWhatIsSignedHere(t *testing.T) {
	t.Parallel()
	s := dnstest.Start(t,
		dnstest.Zone{Name: "signed.example", Bogus: []string{"bogus.signed.example"}, Records: []string{
			"signed.example. MX 10 alias.signed.example.", "alias.signed.example. CNAME mx.signed.example.",
			"mx.signed.example. A 127.0.0.1", "bogus.signed.example. A 127.0.0.1",
		}},
		dnstest.Zone{Name: "plain.example", Unsigned: true, Records: []string{"plain.example. MX 10 mx.signed.example."}},
	)
	r, err := mx.New(mx.Config{Servers: []string{s.Resolver(t)}, AllowLoopback: true})
	if err != nil {
		t.Fatal(err)
	}
	a, err := r.Lookup(t.Context(), "signed.example")
	if err != nil || !a.Authentic || len(a.Hosts) != 1 || !a.Hosts[0].Authentic || a.Hosts[0].Canonical != "mx.signed.example" {
		t.Errorf("signed: %+v, %v", a, err)
	}
	if a, err = r.Lookup(t.Context(), "plain.example"); err != nil || a.Authentic || !a.Hosts[0].Authentic {
		t.Errorf("plain: %+v, %v", a, err)
	}
	if got, err := r.Ask(t.Context(), "nothing.signed.example", dns.TypeTLSA); err != nil || !got.Authentic || len(got.RRs) != 0 {
		t.Errorf("denial: %+v, %v", got, err)
	}
	if got, err := r.Ask(t.Context(), "bogus.signed.example", dns.TypeA); !mx.Temporary(err) {
		t.Errorf("bogus: %+v, %v", got, err)
	}
	if s.Asked("bogus.signed.example") == 0 || s.Asked("elsewhere.example") != 0 {
		t.Error("questions are counted wrongly")
	}
	s.Set(t, "plain.example", "plain.example. TXT \"new\"")
	if texts, err := r.Texts(t.Context(), "plain.example"); err != nil || len(texts) != 1 || texts[0] != "new" {
		t.Errorf("changed: %q, %v", texts, err)
	}
}
