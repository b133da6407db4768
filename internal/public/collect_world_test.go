package public

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-message"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/browsertest"
	"github.com/kyodaku/kyodaku/internal/collect"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/duty"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/store"
)

func TestMain(m *testing.M) { browsertest.Main(m) }

// world is an installation that answers over HTTP, with one form of each preset.
type world struct {
	*testing.T
	ctx  context.Context
	db   *store.DB
	desk *collect.Desk
	// people and provisions are the rooms behind the notice of a provision.
	people     *contact.Book
	provisions *provision.Book
	duties     *duty.Desk
	log        *consent.Log
	ws         account.Workspace
	topic      consent.Topic
	url        string
	by         account.By
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func newWorld(t *testing.T, db *store.DB) *world {
	t.Helper()
	w := &world{T: t, ctx: context.Background(), db: db}
	var site *Site
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { site.ServeHTTP(rw, r) }))
	t.Cleanup(server.Close)
	w.url = server.URL
	quiet := slog.New(slog.DiscardHandler)
	ring, texts := must(keyring.New(keyring.Generate())), must(i18n.Load())
	w.log = consent.New(db, ring, quiet)
	guard := gate.New(db, must(law.Load()), w.log, time.Now, quiet)
	engine := delivery.NewEngine(delivery.Config{DB: db, Gate: guard, Router: delivery.Relay{}, Clock: time.Now, Log: quiet})
	books := account.New(db, ring)
	w.people = contact.New(db, ring, nil)
	w.provisions = provision.New(db, books, w.people, must(law.Load()))
	w.desk = must(collect.New(collect.Config{
		DB: db, Ring: ring, Accounts: books, People: w.people, Consents: w.log, Gate: guard,
		Outbox: engine.Outbox(), Texts: texts, BaseURL: w.url,
	}))
	w.duties = duty.New(duty.Config{DB: db, Accounts: books, Contacts: w.people, Consents: w.log, Rules: must(law.Load()), Stops: w.provisions})
	site = must(New(Deps{
		DB: db, Collect: w.desk, Provisions: w.provisions, Duty: w.duties, Ring: ring, Catalogue: texts, BaseURL: w.url, Lang: i18n.Ja, Log: slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelError})), Clock: time.Now,
	}))
	w.seed(books)
	return w
}

// testWriter shows what the pages log as an error.
type testWriter struct{ t *testing.T }

func (w testWriter) Write(b []byte) (int, error) {
	w.t.Errorf("logged: %s", b)
	return len(b), nil
}

func (w *world) seed(books *account.Book) {
	now := time.Now()
	ws, admin, err := books.SetUp(w.ctx, account.SetUp{
		Workspace: account.WorkspaceForm{Slug: "mori", Label: account.Label{
			LegalName: "株式会社森の本屋", LegalNameEn: "Mori Books Inc.", PostalAddress: "東京都千代田区神田1-2-3",
			PostalAddressEn: "1-2-3 Kanda, Chiyoda, Tokyo", Email: "info@mori.example.jp",
		}},
		FromName: "森の本屋", FromAddress: "news@mori.example.jp", AdminEmail: "admin@mori.example.jp", AdminName: "森", AdminPassword: "correct horse battery staple",
	}, now)
	if err != nil {
		w.Fatal(err)
	}
	w.ws, w.by = ws, account.By{Actor: account.Actor{Kind: account.ActorOperator, ID: admin.ID}}
	profile := must(books.Profiles(w.ctx, w.db, ws.ID))[0]
	err = w.db.Write(w.ctx, func(tx *store.Tx) error {
		err := books.SetDomainState(w.ctx, tx, account.Domain{Workspace: ws.ID, Domain: "mori.example.jp", State: account.Internal}, now)
		if err != nil {
			return err
		}
		w.topic, err = w.log.CreateTopic(w.ctx, tx, consent.Topic{
			Workspace: ws.ID, Key: "weekly", NameJa: "週刊・新刊案内", NameEn: "New books weekly", ContentJa: "新刊と催しのお知らせ", ContentEn: "New books and events",
			Promise: consent.Frequency{Count: 1, Period: consent.Week}, DoubleOptIn: true, Public: true, Profile: profile.ID,
		}, now)
		if err != nil {
			return err
		}
		for _, text := range []consent.Wording{
			{Kind: consent.WordingConsent, Key: "mail", TextJa: "株式会社森の本屋からの案内メールを受け取ります。", TextEn: "I want mails from Mori Books Inc."},
			{Kind: consent.WordingPurpose, Key: "mail", TextJa: "商品・催しのご案内のために利用します。", TextEn: "We use it to send you news."},
		} {
			text.Workspace = ws.ID
			if _, err := w.log.AddWording(w.ctx, tx, text, now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
	for _, p := range collect.Presets() {
		w.publish(string(p), func(s *collect.Spec) {})
	}
}

// publish makes a form of the preset that its slug begins with.
func (w *world) publish(slug string, change func(*collect.Spec)) {
	w.Helper()
	name, _, _ := strings.Cut(slug, "-")
	s := collect.NewSpec(collect.Preset(name))
	s.Purpose.Key, s.PolicyURL, s.Offers = "mail", "https://mori.example.jp/privacy", []collect.Offer{{Topic: w.topic.ID, Wording: "mail"}}
	if s.Preset == collect.WhitePaper {
		s.Asset.URL = "https://mori.example.jp/paper.pdf"
	}
	change(&s)
	f, err := w.desk.Create(w.ctx, w.by, collect.NewForm{Workspace: w.ws.ID, Slug: strings.ReplaceAll(slug, "_", ""), Name: slug, Spec: s}, time.Now())
	if err != nil {
		w.Fatal(err)
	}
	if found, err := w.desk.Publish(w.ctx, w.by, f, "試験のため", time.Now()); err != nil {
		w.Fatalf("%v %+v", err, found)
	}
}

// reply is an answer, read.
type reply struct {
	status int
	header http.Header
	body   string
}

func (w *world) do(method, path string, form url.Values, change ...func(*http.Request)) reply {
	w.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := must(http.NewRequestWithContext(w.ctx, method, w.url+path, body))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, c := range change {
		c(r)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(r)
	if err != nil {
		w.Fatal(err)
	}
	defer res.Body.Close()
	return reply{res.StatusCode, res.Header, string(must(io.ReadAll(res.Body)))}
}

func (w *world) get(path string) reply { w.Helper(); return w.do(http.MethodGet, path, nil) }

func (w *world) post(path string, form url.Values) reply {
	w.Helper()
	return w.do(http.MethodPost, path, form)
}

var hidden = regexp.MustCompile(`name="(render|version|token)" value="([^"]*)"`)

// fill reads a form's page and fills it in, with a proof of work.
func (w *world) fill(slug, address string, topics ...consent.Topic) url.Values {
	w.Helper()
	v := url.Values{"email": {address}, "f.family_name": {"森"}, "f.given_name": {"花"}, "f.company": {"森の会"}}
	for _, m := range hidden.FindAllStringSubmatch(w.get("/f/"+slug).body, -1) {
		v.Set(m[1], m[2])
	}
	for _, t := range topics {
		v.Add("topic", store.Public("tpc", t.ID))
	}
	v.Set("proof", solve(v.Get("render")))
	return v
}

// link writes the last mail of the outbox and returns the path of its link to confirm.
func (w *world) link() string {
	w.Helper()
	var row delivery.Leased
	err := w.db.QueryRow(w.ctx, `SELECT id, profile_id, version_id, address_id, payload FROM outbox ORDER BY id DESC LIMIT 1`).
		Scan(&row.ID, &row.Profile, &row.Version, &row.Request.Address, &row.Payload)
	if err != nil {
		w.Fatal(err)
	}
	row.Workspace, row.CreatedAt = w.ws.ID, time.Now()
	letters := must(w.desk.Writer().Write(w.ctx, w.db, []delivery.Leased{row}, time.Now()))
	if letters[0].Err != nil {
		w.Fatal(letters[0].Err)
	}
	e := must(message.Read(strings.NewReader(string(letters[0].Data))))
	part := must(e.MultipartReader().NextPart())
	text := string(must(io.ReadAll(part.Body)))
	found := regexp.MustCompile(regexp.QuoteMeta(w.url) + `(/confirm/[A-Za-z0-9_-]+)(?:\s|$|[>)])`).FindStringSubmatch(text)
	if found == nil {
		w.Fatalf("no link in\n%s", text)
	}
	return found[1]
}

// events counts the consent log.
func (w *world) events() int {
	w.Helper()
	var n int
	if err := w.db.QueryRow(w.ctx, `SELECT COUNT(*) FROM consent_event`).Scan(&n); err != nil {
		w.Fatal(err)
	}
	return n
}
