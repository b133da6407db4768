package web

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/duty"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

const (
	ownerMail     = "hanako@midori.example"
	ownerPassword = "mizuiro no kasa wo motte"
)

// house is a running site with its rooms.
type house struct {
	*testing.T
	db       *store.DB
	accounts *account.Book
	site     *Site
	server   *httptest.Server
	people   peopleRooms
	post     postRooms
}

// newHouse starts a site on an empty database.
func newHouse(t *testing.T) *house {
	t.Helper()
	return newHouseOn(t, storetest.SQLite(t))
}

// newHouseOn starts a site on a database of the test's choice.
func newHouseOn(t *testing.T, db *store.DB) *house {
	t.Helper()
	ring, err := keyring.New(keyring.Generate())
	if err != nil {
		t.Fatal(err)
	}
	catalogue, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	h := &house{T: t, db: db}
	h.accounts = account.New(h.db, ring)
	h.server = httptest.NewUnstartedServer(nil)
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	deps := Deps{
		DB: h.db, Accounts: h.accounts, Ring: ring, Catalogue: catalogue, Lang: i18n.Ja, Log: log, Clock: time.Now,
		BaseURL: "http://" + h.server.Listener.Addr().String(), DNS: someDNS{},
	}
	h.people = newPeopleRooms(t, &deps)
	h.post = newPostRooms(t, &deps)
	deps.Rules = deps.Gate.Rules()
	deps.Provisions = provision.New(h.db, h.accounts, deps.Contacts, deps.Rules)
	deps.Duty = duty.New(duty.Config{DB: h.db, Accounts: h.accounts, Contacts: deps.Contacts, Consents: deps.Consent, Rules: deps.Rules, Stops: deps.Provisions})
	deps.ProvisionRuns = provision.NewRuns(provision.RunConfig{Book: deps.Provisions, Jobs: deps.Jobs, Ring: ring, Log: log})
	if h.site, err = New(deps); err != nil {
		t.Fatal(err)
	}
	h.people.start(t)
	h.server.Config.Handler = page.Outer(log, time.Now, withReaders(h.site))
	h.server.Start()
	t.Cleanup(h.server.Close)
	return h
}

// settled is a house whose first run is over.
func settled(t *testing.T) *house {
	t.Helper()
	return settledOn(t, storetest.SQLite(t))
}

// settledOn is a settled house on a database of the test's choice.
func settledOn(t *testing.T, db *store.DB) *house {
	t.Helper()
	h := newHouseOn(t, db)
	_, _, err := h.accounts.SetUp(t.Context(), account.SetUp{
		Workspace: account.WorkspaceForm{
			Name: "みどり商会", Lang: i18n.Ja, PrivacyURL: "https://midori.example/privacy",
			Label: account.Label{LegalName: "株式会社みどり商会", PostalAddress: "東京都千代田区丸の内1-1-1 みどりビル5階", Email: "info@midori.example", Phone: "03-1234-5678"},
		},
		AdminEmail: ownerMail, AdminName: "山田 花子", AdminPassword: ownerPassword, Network: "192.0.2.1",
	}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// someDNS is a domain whose first record stands and whose second is missing.
type someDNS struct{}

func (someDNS) Records(_ context.Context, _ int64, domain string) ([]DNSRecord, error) {
	return []DNSRecord{
		{Type: "TXT", Name: "k1._domainkey." + domain, Value: "v=DKIM1; k=rsa; p=" + strings.Repeat("MIIBIjANBgkq", 12), Key: "web.domains.value", Found: true},
		{Type: "TXT", Name: "_dmarc." + domain, Value: "v=DMARC1; p=none", Key: "web.domains.value"},
	}, nil
}

func (someDNS) Rotate(context.Context, account.By, int64, string) error { return nil }

func (someDNS) Check(context.Context, account.By, int64, string) error { return nil }

// visitor is a browser without a screen.
type visitor struct {
	*house
	client *http.Client
	lang   i18n.Lang
}

func (h *house) visitor(lang i18n.Lang) *visitor {
	h.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.Fatal(err)
	}
	return &visitor{house: h, client: &http.Client{Jar: jar}, lang: lang}
}

// owner is a visitor who is signed in.
func (h *house) owner(lang i18n.Lang) *visitor {
	h.Helper()
	v := h.visitor(lang)
	v.post("/admin/language", "lang", string(lang)).is(http.StatusOK)
	v.post("/admin/sign-in", "email", ownerMail, "password", ownerPassword).is(http.StatusOK)
	return v
}

// member is a visitor signed in with another role.
func (h *house) member(role account.Role) *visitor {
	h.Helper()
	ctx, now := h.Context(), time.Now()
	all, err := h.accounts.Workspaces(ctx, h.db)
	if err != nil {
		h.Fatal(err)
	}
	by := account.By{Actor: account.Actor{Kind: account.ActorCLI}}
	made, err := h.accounts.Invite(ctx, by, account.Invite{Workspace: all[0].ID, Email: string(role) + "@midori.example", Name: "鈴木 一郎", Role: role}, now)
	if err != nil {
		h.Fatal(err)
	}
	v := h.visitor(i18n.Ja)
	v.post("/admin/link/"+made.Secret, "password", ownerPassword).is(http.StatusOK)
	return v
}

// answer is a page as it came.
type answer struct {
	*visitor
	status int
	url    *url.URL
	header http.Header
	body   string
}

func (v *visitor) get(path string) answer {
	v.Helper()
	req, err := http.NewRequestWithContext(v.Context(), http.MethodGet, v.server.URL+path, nil)
	if err != nil {
		v.Fatal(err)
	}
	return v.do(req)
}

// post sends a form: alternating names and values.
func (v *visitor) post(path string, fields ...string) answer {
	v.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	req, err := http.NewRequestWithContext(v.Context(), http.MethodPost, v.server.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return v.do(req)
}

func (v *visitor) do(req *http.Request) answer {
	v.Helper()
	req.Header.Set("Accept-Language", string(v.lang))
	res, err := v.client.Do(req)
	if err != nil {
		v.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		v.Fatal(err)
	}
	return answer{v, res.StatusCode, res.Request.URL, res.Header, string(body)}
}

func (a answer) is(status int) answer {
	a.Helper()
	if a.status != status {
		a.Fatalf("%s: status %d, want %d\n%s", a.url, a.status, status, a.body)
	}
	return a
}

func (a answer) at(path string) answer {
	a.Helper()
	if a.url.Path != path {
		a.Fatalf("came to %s, want %s", a.url, path)
	}
	return a
}

func (a answer) has(texts ...string) answer {
	a.Helper()
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			a.Errorf("%s: %q is not on the page\n%s", a.url, text, a.body)
		}
	}
	return a
}

func (a answer) lacks(texts ...string) answer {
	a.Helper()
	for _, text := range texts {
		if strings.Contains(a.body, text) {
			a.Errorf("%s: %q is on the page", a.url, text)
		}
	}
	return a
}

func (h *house) operator(email string) account.Operator {
	h.Helper()
	m, err := addr.ParseMail(email)
	if err != nil {
		h.Fatal(err)
	}
	o, err := h.accounts.OperatorByEmail(h.Context(), h.db, m)
	if err != nil {
		h.Fatal(err)
	}
	return o
}
