package tlspolicy_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
	"github.com/kyodaku/kyodaku/internal/delivery/tlspolicy"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

func TestParsePolicy(t *testing.T) {
	t.Parallel()
	p, err := tlspolicy.ParsePolicy("version: STSv1\nmode: enforce\nmx: MX.example.jp.\nmx: *.example.net\nmode: none\nx-new: y\nmax_age: 86400\n\n")
	if err != nil || p.Mode != tlspolicy.Enforce || p.MaxAge != 24*time.Hour || strings.Join(p.MX, " ") != "mx.example.jp *.example.net" || len(p.Lines) != 7 {
		t.Errorf("%+v, %v", p, err)
	}
	for host, want := range map[string]bool{
		"mx.example.jp": true, "a.example.net": true, "a.b.example.net": false, "example.net": false, "mx.example.jp.evil.example": false, "": false,
	} {
		if p.Allows(host) != want {
			t.Errorf("%q is allowed: %v", host, !want)
		}
	}
	for _, bad := range []string{
		"", "nonsense", "version: STSv2\nmode: enforce\nmx: a.example\nmax_age: 1", "version: STSv1\nmode: enforce\nmax_age: 1",
		"version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 99999999", "version: STSv1\nmode: enforce\nmx: a.example",
		"version: STSv1\nmode: must\nmx: a.example\nmax_age: 1", "version: STSv1\nmode: enforce\nmx:\nmax_age: 1", "version: STSv1\nmode: none\nmax_age: -1",
	} {
		if p, err := tlspolicy.ParsePolicy(bad); err == nil {
			t.Errorf("%q is read as %+v", bad, p)
		}
	}
	if p, err := tlspolicy.ParsePolicy("version: STSv1\nmode: none\nmax_age: 0"); err != nil || p.Mode != tlspolicy.None {
		t.Errorf("%+v, %v", p, err)
	}
}

func FuzzParsePolicy(f *testing.F) {
	for _, seed := range []string{policyText("enforce", usual, 86400), policyText("none", "", 0), "version: STSv1\rmode:enforce", ":\n:", "mx: *."} {
		f.Add(seed, "mx.example.jp")
	}
	f.Fuzz(func(t *testing.T, body, host string) {
		p, err := tlspolicy.ParsePolicy(body)
		if err == nil && (p.MaxAge < 0 || p.Mode != tlspolicy.None && len(p.MX) == 0) {
			t.Errorf("%q is read as %+v", body, p)
		}
		_ = p.Allows(host)
	})
}

func TestEnforceTestingAndNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), "mta-sts.example.jp")
	b := w.book()
	if d := w.demand(b, "mx.example.jp"); d.Kind != tlspolicy.STS || d.TLS != smtp.TLSVerified || d.Skip != nil || d.ServerName != "mx.example.jp" || d.Failure != "" || len(d.Policy) != 5 {
		t.Errorf("a named host: %+v", d)
	}
	if d := w.demand(b, "a.pool.example.jp"); d.TLS != smtp.TLSVerified || d.Skip != nil {
		t.Errorf("a host by pattern: %+v", d)
	}
	if d := w.demand(b, "mx.evil.example"); !errors.Is(d.Skip, tlspolicy.ErrNotInPolicy) {
		t.Errorf("a stranger: %+v", d)
	}
	if n := w.fetched(); n != 1 {
		t.Errorf("fetched %d times", n)
	}
	w.announce("2")
	w.serve(policyText("testing", usual, 100000))
	if d := w.demand(b, "mx.example.jp"); d.TLS != smtp.TLSVerified {
		t.Errorf("the announcement has not run out: %+v", d)
	}
	w.forward(2 * time.Minute)
	d := w.demand(b, "mx.example.jp")
	if d.Kind != tlspolicy.STS || d.TLS != smtp.TLSOpportunistic || d.Skip != nil || d.Advise == nil {
		t.Fatalf("testing: %+v", d)
	}
	good, bad := w.authority.Issue(t, w.now().Add(time.Hour), "mx.example.jp"), w.authority.Issue(t, w.now().Add(time.Hour), "www.example.jp")
	old := w.authority.Issue(t, w.now().Add(-time.Hour), "mx.example.jp")
	for want, leaf := range map[string]tls.Certificate{"": good, tlspolicy.ResultHostMismatch: bad, tlspolicy.ResultExpired: old} {
		got := ""
		if err := d.Advise(tls.ConnectionState{PeerCertificates: []*x509.Certificate{leaf.Leaf, w.authority.Cert}}); err != nil {
			got = tlspolicy.Result(err)
		}
		if got != want {
			t.Errorf("advice is %q, want %q", got, want)
		}
	}
	if d := w.demand(b, "mx.evil.example"); d.Skip != nil || !errors.Is(d.Advise(tls.ConnectionState{}), tlspolicy.ErrNotInPolicy) {
		t.Errorf("a stranger: %+v", d)
	}
	w.announce("3")
	w.serve(policyText("none", "", 100000))
	w.forward(2 * time.Minute)
	if d := w.demand(b, "mx.evil.example"); d.Kind != tlspolicy.Opportunistic || d.TLS != smtp.TLSOpportunistic {
		t.Errorf("none: %+v", d)
	}
}

// Whoever keeps DNS or HTTPS from us does not take a policy away before its time.
func TestAPolicyBindsUntilItExpires(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, "mta-sts.example.jp")
		binds := func(b *tlspolicy.Book) bool { return w.demand(b, "mx.example.jp").TLS == smtp.TLSVerified }
		if !binds(w.book()) {
			t.Fatal("no policy")
		}
		w.announce("")
		w.respond(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusNotFound) })
		b := w.book()
		if err := b.Load(t.Context()); err != nil || !binds(b) {
			t.Errorf("after a start: %v", err)
		}
		w.announce("2")
		w.forward(20 * time.Minute) // the empty answer runs out
		d := w.demand(b, "mx.example.jp")
		if d.TLS != smtp.TLSVerified || d.Failure != tlspolicy.ResultFetchError {
			t.Errorf("while the new one cannot be had: %+v", d)
		}
		n := w.fetched()
		if !binds(b) || w.fetched() != n {
			t.Error("asks again at once")
		}
		if w.forward(6 * time.Minute); !binds(b) || w.fetched() != n+1 {
			t.Error("does not ask again")
		}
		if w.forward(30 * time.Hour); binds(b) {
			t.Error("it binds for ever")
		}
		b = w.book()
		if err := b.Load(t.Context()); err != nil || binds(b) {
			t.Errorf("an expired one is loaded: %v", err)
		}
	})
}

func TestAPolicyIsRefreshedBeforeItsEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), "mta-sts.example.jp")
	b := w.book()
	w.demand(b, "mx.example.jp")
	if err := b.Refresh(t.Context(), w.now()); err != nil || w.fetched() != 1 {
		t.Errorf("a fresh one is fetched again: %v", err)
	}
	w.forward(15 * time.Hour) // more than half of 100,000 seconds
	if err := b.Refresh(t.Context(), w.now()); err != nil || w.fetched() != 2 {
		t.Errorf("an old one is not: %v", err)
	}
	w.forward(20 * time.Hour) // the first would be over
	w.names.Set(t, "example.jp")
	neighbour := w.book()
	if err := neighbour.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, b := range []*tlspolicy.Book{b, neighbour} {
		if d := w.demand(b, "mx.example.jp"); d.TLS != smtp.TLSVerified {
			t.Errorf("%+v", d)
		}
	}
	w.forward(500 * time.Hour)
	if err := b.Refresh(t.Context(), w.now()); err != nil {
		t.Error(err)
	}
	var n int
	if err := w.db.QueryRow(t.Context(), `SELECT COUNT(*) FROM sts_policy`).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d policies are kept after their end, %v", n, err)
	}
}

func TestManyAskersFetchOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), "mta-sts.example.jp")
	b := w.book()
	var work sync.WaitGroup
	for range 20 {
		work.Go(func() {
			if d := w.demand(b, "mx.example.jp"); d.TLS != smtp.TLSVerified {
				t.Errorf("%+v", d)
			}
		})
	}
	work.Wait()
	if n := w.fetched(); n != 1 {
		t.Errorf("fetched %d times", n)
	}
}

func TestWhatIsNoPolicyIsNotTaken(t *testing.T) {
	t.Parallel()
	good := policyText("enforce", usual, 86400)
	for name, c := range map[string]struct {
		certificate string
		answer      http.HandlerFunc
		failure     string
	}{
		"another's certificate": {"www.example.jp", nil, tlspolicy.ResultWebPKIInvalid},
		"a redirect": {"mta-sts.example.jp", func(rw http.ResponseWriter, r *http.Request) {
			http.Redirect(rw, r, "https://mta-sts.example.jp/elsewhere", http.StatusFound)
		}, tlspolicy.ResultFetchError},
		"a page": {"mta-sts.example.jp", func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "text/html")
			_, _ = rw.Write([]byte(good))
		}, tlspolicy.ResultFetchError},
		"nonsense": {"mta-sts.example.jp", func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "text/plain")
			_, _ = rw.Write([]byte("hello"))
		}, tlspolicy.ResultPolicyInvalid},
		"endless": {"mta-sts.example.jp", func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "text/plain")
			_, _ = rw.Write([]byte(good + strings.Repeat("x: y\n", 20000)))
		}, tlspolicy.ResultPolicyInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, storetest.SQLite(t), c.certificate)
			if c.answer != nil {
				w.respond(c.answer)
			}
			if d := w.demand(w.book(), "mx.example.jp"); d.Kind != tlspolicy.Opportunistic || d.Failure != c.failure || w.fetched() > 1 {
				t.Errorf("%+v after %d fetches", d, w.fetched())
			}
		})
	}
}

// A stranger's record must not have us look around in our own network.
func TestAPolicyIsNotFetchedFromInside(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), "mta-sts.example.jp")
	b := w.book(func(c *tlspolicy.Config) { c.AllowLoopback = false })
	if d := w.demand(b, "mx.example.jp"); d.Kind != tlspolicy.Opportunistic || d.Failure != tlspolicy.ResultFetchError || w.fetched() != 0 {
		t.Errorf("%+v after %d fetches", d, w.fetched())
	}
}

func TestTheOwnListAsksForMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), "mta-sts.example.jp")
	w.serve(policyText("testing", usual, 86400))
	for name, c := range map[string]struct {
		list []tlspolicy.Requirement
		want smtp.TLSPolicy
	}{
		"exact":       {[]tlspolicy.Requirement{{Domain: "example.jp"}}, smtp.TLSEncrypted},
		"verified":    {[]tlspolicy.Requirement{{Domain: "example.jp", Verified: true}}, smtp.TLSVerified},
		"below":       {[]tlspolicy.Requirement{{Domain: ".jp"}}, smtp.TLSEncrypted},
		"all":         {[]tlspolicy.Requirement{{Domain: "other.example"}, {Domain: "*"}}, smtp.TLSEncrypted},
		"first match": {[]tlspolicy.Requirement{{Domain: "example.jp"}, {Domain: "*", Verified: true}}, smtp.TLSEncrypted},
		"others":      {[]tlspolicy.Requirement{{Domain: "ample.jp"}, {Domain: ".example.jp"}}, smtp.TLSOpportunistic},
	} {
		b := w.book(func(c2 *tlspolicy.Config) { c2.Require = c.list })
		if d := w.demand(b, "mx.example.jp"); d.TLS != c.want || d.Kind != tlspolicy.STS {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

func TestAnEndedContextEndsTheWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), "mta-sts.example.jp")
	hold := make(chan struct{})
	came := make(chan struct{}, 1)
	w.respond(func(http.ResponseWriter, *http.Request) { came <- struct{}{}; <-hold })
	ctx, cancel := context.WithCancel(t.Context())
	b := w.book()
	done := make(chan tlspolicy.Demand)
	go func() { done <- b.Demands(ctx, answerFor("mx.example.jp"))[0] }()
	select {
	case <-came:
	case d := <-done:
		t.Fatalf("not fetched: %+v", d)
	}
	cancel()
	if d := <-done; d.Kind != tlspolicy.Opportunistic {
		t.Errorf("%+v", d)
	}
	close(hold)
}
