package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/collect"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/store"
)

// base is what the tests' installation is called from outside.
const base = "https://mail.sample-shokai.example"

// world is a running interface over real rooms with two workspaces.
type world struct {
	*testing.T
	Deps
	server *httptest.Server
	owner  account.Operator
	// ws is the workspace that the tests are about, other the one that must not show.
	ws, other account.Workspace
	profile   account.Profile
	// key and stranger may do everything, each in its workspace.
	key, stranger string
}

func newWorld(t *testing.T, db *store.DB) *world {
	t.Helper()
	return newWorldWith(t, db, Limit{PerSecond: 1e6, Burst: 1e6})
}

func newWorldWith(t *testing.T, db *store.DB, l Limit) *world {
	t.Helper()
	w := &world{T: t, Deps: depsOf(t, db)}
	w.Limit = l
	w.setUp()
	handler, err := New(w.Deps)
	if err != nil {
		t.Fatal(err)
	}
	w.server = httptest.NewServer(handler)
	t.Cleanup(w.server.Close)
	return w
}

// depsOf builds the rooms as the program does, without delivering anything.
func depsOf(t *testing.T, db *store.DB) Deps {
	t.Helper()
	ring, err := keyring.New(keyring.Generate())
	must(t, err)
	rules, err := law.Load()
	must(t, err)
	texts, err := i18n.Load()
	must(t, err)
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	d := Deps{DB: db, Ring: ring, Texts: texts, Log: log, Clock: time.Now, Version: "1", BaseURL: base}
	d.Accounts, d.Consent = account.New(db, ring), consent.New(db, ring, log)
	d.Contacts = contact.New(db, ring, d.Consent)
	d.Gate = gate.New(db, rules, d.Consent, time.Now, log)
	must(t, d.Gate.Start(t.Context()))
	t.Cleanup(d.Gate.Stop)
	d.Jobs = job.NewRunner(db, log, job.Options{Node: "a", Poll: 20 * time.Millisecond})
	d.Importer = contact.NewImporter(d.Contacts, d.Jobs, texts, rules)
	d.Provisions = provision.New(db, d.Accounts, d.Contacts, rules)
	d.ProvisionRuns = provision.NewRuns(provision.RunConfig{Book: d.Provisions, Jobs: d.Jobs, Ring: ring, Log: log})
	must(t, d.Jobs.Start(t.Context()))
	t.Cleanup(d.Jobs.Stop)
	engine := delivery.NewEngine(delivery.Config{DB: db, Gate: d.Gate, Router: delivery.Relay{}, Clock: time.Now, Log: log, Connections: 1})
	d.Campaigns = campaign.New(campaign.Needs{
		DB: db, Ring: ring, Accounts: d.Accounts, Contacts: d.Contacts, Consent: d.Consent, Gate: d.Gate, Engine: engine,
		Composer: compose.New(texts), Texts: texts, Clock: time.Now, Log: log, Links: campaign.Links{Ring: ring, PublicURL: base},
		Pages: soundPages{},
	})
	d.Collect, err = collect.New(collect.Config{
		DB: db, Ring: ring, Accounts: d.Accounts, People: d.Contacts, Consents: d.Consent, Gate: d.Gate, Outbox: engine.Outbox(), Texts: texts, BaseURL: base,
	})
	must(t, err)
	return d
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func workspaceForm(slug, name string) account.WorkspaceForm {
	return account.WorkspaceForm{
		Slug: slug, Name: name, Lang: i18n.Ja, PrivacyURL: "https://www.sample-shokai.example/privacy",
		Label: account.Label{
			LegalName: "株式会社" + name, PostalAddress: "東京都千代田区丸の内1-1-1", Phone: "03-1234-5678", Email: "info@sample-shokai.example",
		},
	}
}

func (w *world) setUp() {
	w.Helper()
	ctx, now := w.Context(), time.Now()
	var err error
	w.ws, w.owner, err = w.Accounts.SetUp(ctx, account.SetUp{
		Workspace:  workspaceForm("sample", "サンプル商会"),
		AdminEmail: "hanako@sample-shokai.example", AdminName: "山田 花子", AdminPassword: "mizuiro no kasa wo motte", Network: "192.0.2.1",
	}, now)
	must(w.T, err)
	cli := account.By{Actor: account.Actor{Kind: account.ActorCLI}}
	w.other, err = w.Accounts.CreateWorkspace(ctx, cli, workspaceForm("other", "別の会社"), w.owner.ID, now)
	must(w.T, err)
	profiles, err := w.Accounts.Profiles(ctx, w.DB, w.ws.ID)
	must(w.T, err)
	w.profile = profiles[0]
	w.write(func(tx *store.Tx) error {
		err := w.Accounts.SetDomainState(ctx, tx, account.Domain{Workspace: w.ws.ID, Domain: "sample-shokai.example", State: account.Proven}, now)
		if err != nil {
			return err
		}
		green := account.Marks{SPF: "pass", DKIM: "pass", DMARC: "pass", PTR: "pass", Reach: "pass"}
		return w.Accounts.SetDomainMarks(ctx, tx, w.ws.ID, "sample-shokai.example", green, now)
	})
	w.key, w.stranger = w.keyOf(w.ws, account.Scopes()...), w.keyOf(w.other, account.Scopes()...)
}

func (w *world) write(fn func(tx *store.Tx) error) {
	w.Helper()
	must(w.T, w.DB.Write(w.Context(), fn))
}

// keyOf makes an API key.
func (w *world) keyOf(ws account.Workspace, scopes ...account.Scope) string {
	w.Helper()
	now := time.Now()
	secret, _, err := w.Accounts.CreateAPIKey(w.Context(), account.By{Actor: account.Actor{Kind: account.ActorCLI}}, ws.ID,
		account.KeyForm{Name: "test", Scopes: scopes, ExpiresAt: now.AddDate(0, 1, 0)}, now)
	must(w.T, err)
	return secret
}

// request is one call; its zero values are those of a usual one.
type request struct {
	method, path string
	// body is JSON unless it is an io.Reader.
	body   any
	key    string
	header map[string]string
}

// reply is an answer as it came.
type reply struct {
	*world
	status int
	header http.Header
	raw    []byte
	json   map[string]any
}

func (w *world) do(q request) reply {
	w.Helper()
	var body io.Reader
	mediaType := ""
	switch b := q.body.(type) {
	case nil:
	case io.Reader:
		body = b
	default:
		text, err := json.Marshal(b)
		must(w.T, err)
		body, mediaType = bytes.NewReader(text), "application/json"
	}
	req, err := http.NewRequestWithContext(w.Context(), q.method, w.server.URL+q.path, body)
	must(w.T, err)
	if mediaType != "" {
		req.Header.Set("Content-Type", mediaType)
	}
	if q.key == "" {
		q.key = w.key
	}
	if q.key != "none" {
		req.Header.Set("Authorization", "Bearer "+q.key)
	}
	for name, value := range q.header {
		req.Header.Set(name, value)
	}
	return w.send(req)
}

func (w *world) send(req *http.Request) reply {
	w.Helper()
	res, err := w.server.Client().Do(req)
	must(w.T, err)
	defer res.Body.Close()
	r := reply{world: w, status: res.StatusCode, header: res.Header}
	r.raw, err = io.ReadAll(res.Body)
	must(w.T, err)
	if len(r.raw) > 0 && r.raw[0] == '{' {
		must(w.T, json.Unmarshal(r.raw, &r.json))
	}
	return r
}

func (w *world) get(path string) reply {
	w.Helper()
	return w.do(request{method: http.MethodGet, path: prefix + path})
}

func (w *world) post(path string, body any) reply {
	w.Helper()
	return w.do(request{method: http.MethodPost, path: prefix + path, body: body})
}

func (w *world) patch(path, seen string, body any) reply {
	w.Helper()
	return w.do(request{method: http.MethodPatch, path: prefix + path, body: body, header: map[string]string{"If-Match": seen}})
}

func (r reply) is(status int) reply {
	r.Helper()
	if r.status != status {
		r.Fatalf("status %d, want %d: %s", r.status, status, r.raw)
	}
	return r
}

// problem holds that the answer is a problem with a code.
func (r reply) problem(status int, code string) reply {
	r.Helper()
	r.is(status)
	if got := r.header.Get("Content-Type"); got != problemType {
		r.Errorf("media type %q", got)
	}
	if r.json["code"] != code || r.json["status"] != float64(status) || r.json["title"] == "" {
		r.Errorf("problem %s, want the code %s", r.raw, code)
	}
	return r
}

// wrong holds that the problem names a field with a code.
func (r reply) wrong(name, code string) reply {
	r.Helper()
	r.is(http.StatusUnprocessableEntity)
	all, _ := r.json["errors"].([]any)
	for _, one := range all {
		if f, ok := one.(map[string]any); ok && f["name"] == name && f["code"] == code && f["message"] != "" && f["message"] != code {
			return r
		}
	}
	r.Errorf("no error %s %s in %s", name, code, r.raw)
	return r
}

// text reads a value by its way through the answer.
func (r reply) text(way ...any) string {
	r.Helper()
	s, _ := r.at(way...).(string)
	return s
}

func (r reply) at(way ...any) any {
	r.Helper()
	var v any = r.json
	for _, step := range way {
		switch x := v.(type) {
		case map[string]any:
			name, _ := step.(string)
			v = x[name]
		case []any:
			i, _ := step.(int)
			if i >= len(x) {
				r.Fatalf("%v: only %d in %s", way, len(x), r.raw)
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}

func (r reply) items() []any {
	r.Helper()
	items, ok := r.json["items"].([]any)
	if !ok {
		r.Fatalf("no items in %s", r.raw)
	}
	return items
}

type object = map[string]any

// news makes the topic of the tests.
func (w *world) news() reply {
	w.Helper()
	return w.post("/topics", object{
		"key": "news", "name_ja": "新着のお知らせ", "name_en": "News", "content_ja": "新着をお届けします。", "content_en": "What is new",
		"promise": object{"count": 2, "period": "week"}, "profile": public(account.ProfilePrefix, w.profile.ID),
	}).is(http.StatusCreated)
}

// said is an event of a reader.
func said(address, topic, action string) object {
	o := object{
		"address": address, "action": action, "occurred_at": time.Now().Add(-time.Hour).UTC().Format(time.RFC3339),
		"evidence": object{"source": "店頭の申込書"},
	}
	if topic != "" {
		o["topic"] = topic
	}
	if action == "granted" {
		o["basis"] = "B1"
	}
	return o
}

func (w *world) allowed(address string) (bool, string) {
	w.Helper()
	r := w.get("/permission?address=" + address + "&topic=news").is(http.StatusOK)
	return r.at("allowed") == true, r.text("rule")
}

// permit asks the gate for a permit as the sender does.
func (w *world) permit(address, topic string) gate.Permit {
	w.Helper()
	ctx := context.Background()
	found := w.get("/contacts?address=" + address).is(http.StatusOK)
	a, err := store.ParsePublic(contact.AddressPrefix, found.text("items", 0, "addresses", 0, "id"))
	must(w.T, err)
	t, err := w.Consent.TopicByKey(ctx, w.DB, w.ws.ID, topic)
	must(w.T, err)
	d, err := w.Gate.Admit(ctx, w.DB, gate.Audience{Workspace: w.ws.ID, Profile: w.profile.ID, Stage: gate.Planned},
		[]gate.Request{{Address: a, Topic: t.ID, Class: law.Ad}}, time.Now())
	must(w.T, err)
	if d[0].Refusal != nil {
		w.Fatalf("refused: %v", d[0].Refusal)
	}
	return d[0].Permit
}

// soundPages are public pages that nothing is wrong with.
type soundPages struct{}

func (soundPages) Open(context.Context, string) (int, string, error) {
	return 200, `<button name="scope" value="all">`, nil
}

func (soundPages) Press(context.Context, string, string, string) (int, bool, error) {
	return 200, false, nil
}
