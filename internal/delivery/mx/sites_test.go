package mx_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/mx"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

func gmail(hosts []string) string {
	for _, h := range hosts {
		if !strings.HasSuffix(h, ".google.com") {
			return ""
		}
	}
	return "gmail"
}

func TestSitesAreNamedByWhoTakesTheMail(t *testing.T) {
	t.Parallel()
	s := mx.NewSites(nil, gmail)
	long := make([]string, 16)
	for i := range long {
		long[i] = fmt.Sprintf("mx%02d.hosting.example", i)
	}
	for domain, c := range map[string]struct {
		hosts []string
		want  string
	}{
		"vanity.example":   {[]string{"aspmx.l.google.com", "alt1.aspmx.l.google.com"}, "gmail"},
		"mixed.example":    {[]string{"aspmx.l.google.com", "mx.other.example"}, "mx:aspmx.l.google.com,mx.other.example"},
		"self.example":     {[]string{"mx.self.example", "self.example"}, "self.example"},
		"hosted.example":   {[]string{"b.hosting.example", "a.hosting.example"}, "mx:a.hosting.example,b.hosting.example"},
		"hosted2.example":  {[]string{"a.hosting.example", "b.hosting.example", "a.hosting.example"}, "mx:a.hosting.example,b.hosting.example"},
		"notself.example":  {[]string{"mx.evilnotself.example"}, "mx:mx.evilnotself.example"},
		"nameless.example": {nil, "nameless.example"},
	} {
		if got := s.Learn(mx.Answer{Domain: domain, Names: c.hosts}, time.Now()); got != c.want {
			t.Errorf("%s stands in %q, want %q", domain, got, c.want)
		}
	}
	odd := s.Learn(mx.Answer{Domain: "odd.example", Names: []string{"a\n!b"}}, time.Now())
	if got := s.Learn(mx.Answer{Domain: "long.example", Names: long}, time.Now()); len(got) > 40 || strings.ContainsAny(odd, "\n!") || got == odd {
		t.Errorf("names are %q and %q", got, odd)
	}
	if got := s.Learn(mx.Answer{Domain: "fixed.example", Names: []string{"relay"}, Overridden: true}, time.Now()); got != "fixed.example" {
		t.Errorf("an override teaches %q", got)
	}
	if _, known := s.Site("fixed.example"); known {
		t.Error("an override is remembered")
	}
}

func TestSitesOutliveTheProcess(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		now := time.Unix(1_800_000_000, 0)
		s := mx.NewSites(db, gmail)
		for i := range 3 {
			s.Learn(mx.Answer{Domain: fmt.Sprintf("v%d.example", i), Names: []string{"aspmx.l.google.com"}}, now)
		}
		s.Learn(mx.Answer{Domain: "self.example", Names: []string{"mx.self.example"}}, now)
		if err := s.Keep(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		moved := mx.Answer{Domain: "v1.example", Names: []string{"mx.v1.example"}}
		if s.Learn(moved, now) != "v1.example" {
			t.Error("a move is not seen")
		}
		if err := s.Keep(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		again := mx.NewSites(db, gmail)
		if err := again.Load(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		for domain, want := range map[string]string{"v0.example": "gmail", "v1.example": "v1.example", "v2.example": "gmail", "self.example": ""} {
			if got, _ := again.Site(domain); got != want {
				t.Errorf("%s stands in %q, want %q", domain, got, want)
			}
		}
		if err := again.Keep(t.Context(), now.Add(100*24*time.Hour)); err != nil {
			t.Fatal(err)
		}
		later := mx.NewSites(db, gmail)
		if err := later.Load(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		if _, known := later.Site("v0.example"); known {
			t.Error("nothing is ever forgotten")
		}
	})
}
