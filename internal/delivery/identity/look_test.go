package identity

import (
	"net/netip"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/dnstest"
	"github.com/kyodaku/kyodaku/internal/delivery/mx"
)

// resolver asks a name server on this machine that holds the records.
func resolver(t *testing.T, records ...string) *mx.Resolver {
	t.Helper()
	s := dnstest.Start(t,
		dnstest.Zone{Name: "midori.example", Unsigned: true, Records: records},
		dnstest.Zone{Name: "example", Unsigned: true},
		dnstest.Zone{Name: "2.0.192.in-addr.arpa", Unsigned: true, Records: reverse},
	)
	r, err := mx.New(mx.Config{Servers: []string{s.Addr}, Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var reverse = []string{
	"10.2.0.192.in-addr.arpa. PTR mail.midori.example.",
	"11.2.0.192.in-addr.arpa. PTR other.midori.example.",
}

var good = []string{
	"mail.midori.example. A 192.0.2.10", "other.midori.example. A 192.0.2.99",
	"midori.example. MX 10 mail.midori.example.",
	`midori.example. TXT "v=spf1 mx -all"`,
	`_dmarc.midori.example. TXT "v=DMARC1; p=none"`,
}

var ours = netip.MustParseAddr("192.0.2.10")

func TestADomainInOrderPasses(t *testing.T) {
	t.Parallel()
	s := Look(t.Context(), resolver(t, good...), Question{Domain: "midori.example", Hello: "mail.midori.example", Key: Finding{Mark: Pass}})
	for part, f := range map[string]Finding{"SPF": s.SPF, "DKIM": s.DKIM, "DMARC": s.DMARC, "PTR": s.PTR, "reach": s.Reach} {
		if f.Mark != Pass {
			t.Errorf("%s: %+v", part, f)
		}
	}
}

// TestSPFIsEvaluated holds verdicts for addresses, not the presence of a record.
func TestSPFIsEvaluated(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		records []string
		relay   bool
		want    Finding
	}{
		"listed by network":         {records: []string{`midori.example. TXT "v=spf1 ip4:192.0.2.8/29 -all"`}, want: Finding{Mark: Pass, Why: "pass"}},
		"listed by include":         {records: []string{`midori.example. TXT "v=spf1 include:_spf.midori.example -all"`, `_spf.midori.example. TXT "v=spf1 ip4:192.0.2.10 ~all"`}, want: Finding{Mark: Pass, Why: "pass"}},
		"listed by redirect":        {records: []string{`midori.example. TXT "v=spf1 redirect=_spf.midori.example"`, `_spf.midori.example. TXT "v=spf1 a:mail.midori.example -all"`, "mail.midori.example. A 192.0.2.10"}, want: Finding{Mark: Pass, Why: "pass"}},
		"listed by macro":           {records: []string{`midori.example. TXT "v=spf1 exists:%{ir}.list.%{d} -all"`, "10.2.0.192.list.midori.example. A 127.0.0.2"}, want: Finding{Mark: Pass, Why: "pass"}},
		"not listed":                {records: []string{`midori.example. TXT "v=spf1 ip4:203.0.113.1 -all"`}, want: Finding{Mark: Fail, Why: "not_listed", What: "192.0.2.10"}},
		"softly not listed":         {records: []string{`midori.example. TXT "v=spf1 ip4:203.0.113.1 ~all"`}, want: Finding{Mark: Fail, Why: "not_listed", What: "192.0.2.10"}},
		"nothing said":              {records: []string{`midori.example. TXT "v=spf1"`}, want: Finding{Mark: Fail, Why: "not_listed", What: "192.0.2.10"}},
		"everybody may":             {records: []string{`midori.example. TXT "v=spf1 +all"`}, want: Finding{Mark: Fail, Why: "anybody", What: "midori.example"}},
		"two records":               {records: []string{`midori.example. TXT "v=spf1 -all"`, `midori.example. TXT "v=spf1 mx -all"`}, want: Finding{Mark: Fail, Why: "broken", What: "midori.example"}},
		"a word that is none":       {records: []string{`midori.example. TXT "v=spf1 ipv4:192.0.2.10 -all"`}, want: Finding{Mark: Fail, Why: "broken", What: "midori.example"}},
		"an include of nothing":     {records: []string{`midori.example. TXT "v=spf1 include:gone.midori.example -all"`}, want: Finding{Mark: Fail, Why: "broken", What: "midori.example"}},
		"a circle":                  {records: []string{`midori.example. TXT "v=spf1 include:midori.example -all"`}, want: Finding{Mark: Fail, Why: "broken", What: "midori.example"}},
		"none":                      {records: []string{`midori.example. TXT "v=spf10 -all"`}, want: Finding{Mark: Missing, Why: "missing", What: "midori.example"}},
		"a relay's, with a record":  {relay: true, records: []string{`midori.example. TXT "v=spf1 ip4:203.0.113.1 -all"`}, want: Finding{Mark: Outside, Why: "relay"}},
		"a relay's, without":        {relay: true, want: Finding{Mark: Missing, Why: "missing", What: "midori.example"}},
		"a relay's, that is broken": {relay: true, records: []string{`midori.example. TXT "v=spf1 foo:bar -all"`}, want: Finding{Mark: Fail, Why: "broken", What: "midori.example"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q := Question{Domain: "midori.example", Hello: "mail.midori.example", Relay: c.relay, Sources: []netip.Addr{ours}}
			if got := Look(t.Context(), resolver(t, c.records...), q).SPF; got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestDMARCWantsARecordAndAlignment(t *testing.T) {
	t.Parallel()
	spf := []string{`midori.example. TXT "v=spf1 ip4:192.0.2.10 -all"`, `bounce.midori.example. TXT "v=spf1 ip4:192.0.2.10 -all"`}
	for name, c := range map[string]struct {
		records          []string
		envelope         string
		key              Mark
		want             Mark
		why              string
		wantObsoletePart bool
	}{
		"no record":                         {key: Pass, want: Missing, why: "missing"},
		"without p, which is none":          {records: []string{`_dmarc.midori.example. TXT "v=DMARC1"`}, key: Pass, want: Pass, why: "by_dkim"},
		"with pct, which is no more":        {records: []string{`_dmarc.midori.example. TXT "v=DMARC1; p=reject; pct=5"`}, key: Pass, want: Pass, why: "by_dkim", wantObsoletePart: true},
		"in small letters":                  {records: []string{`_dmarc.midori.example. TXT "v=dmarc1; p=none"`}, key: Pass, want: Missing, why: "missing"},
		"twice":                             {records: []string{`_dmarc.midori.example. TXT "v=DMARC1"`, `_dmarc.midori.example. TXT "v=DMARC1; p=none"`}, key: Pass, want: Fail, why: "two_records"},
		"by SPF alone, of a sub-domain":     {records: []string{`_dmarc.midori.example. TXT "v=DMARC1"`}, key: Missing, envelope: "bounce.midori.example", want: Pass, why: "by_spf"},
		"by SPF alone, but strictly":        {records: []string{`_dmarc.midori.example. TXT "v=DMARC1; aspf=s"`}, key: Missing, envelope: "bounce.midori.example", want: Fail, why: "not_aligned"},
		"neither, while the key is unknown": {records: []string{`_dmarc.midori.example. TXT "v=DMARC1; aspf=s"`}, key: Unknown, envelope: "bounce.midori.example", want: Unknown, why: "silent"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q := Question{Domain: "midori.example", Envelope: c.envelope, Sources: []netip.Addr{ours}, Key: Finding{Mark: c.key}}
			got := Look(t.Context(), resolver(t, append(c.records, spf...)...), q)
			if got.DMARC.Mark != c.want || got.DMARC.Why != c.why || got.Obsolete != c.wantObsoletePart {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestAnAddressMustLeadBack(t *testing.T) {
	t.Parallel()
	r := resolver(t, good...)
	for address, want := range map[string]Mark{"192.0.2.10": Pass, "192.0.2.11": Fail, "192.0.2.12": Missing} {
		q := Question{Domain: "midori.example", Sources: []netip.Addr{netip.MustParseAddr(address)}}
		if got := Look(t.Context(), r, q).PTR; got.Mark != want {
			t.Errorf("%s: %+v, want %s", address, got, want)
		}
	}
	if got := Look(t.Context(), r, Question{Domain: "midori.example", Relay: true}).PTR; got.Mark != Outside {
		t.Errorf("a relay's: %+v", got)
	}
}

func TestSilenceIsNeverAPass(t *testing.T) {
	t.Parallel()
	s := dnstest.Start(t) // refuses every question
	r, err := mx.New(mx.Config{Servers: []string{s.Addr}, Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	got := Look(t.Context(), r, Question{Domain: "midori.example", Hello: "mail.midori.example", Key: Finding{Mark: Unknown}})
	for part, f := range map[string]Finding{"SPF": got.SPF, "DKIM": got.DKIM, "DMARC": got.DMARC, "PTR": got.PTR, "reach": got.Reach} {
		if f.Mark != Unknown {
			t.Errorf("%s: %+v", part, f)
		}
	}
}

func FuzzSPF(f *testing.F) {
	for _, seed := range []string{"a:%{ir}.%{d2}", "mx/24//64", "ip4:192.0.2.0/24", "exists:%{i", "%", "include:%{l1r-}", "all", ":", "/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, term string) {
		s := &spf{from: ours, sender: "midori.example"}
		if _, _, _, err := s.target(term, "midori.example"); err == nil {
			return
		}
		_, _ = s.expand(term, "midori.example")
	})
}
