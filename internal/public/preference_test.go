package public

import (
	"bytes"
	"context"
	"html"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/preference"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// exits is an installation that answers over HTTP, with one reader.
type exits struct {
	*world
	ring   *keyring.Ring
	sale   consent.Topic
	reader contact.Address
}

func newExits(t *testing.T, db *store.DB) *exits {
	t.Helper()
	w := &exits{world: &world{T: t, ctx: context.Background(), db: db}}
	quiet, texts := slog.New(slog.DiscardHandler), must(i18n.Load())
	w.ring = must(keyring.New(keyring.Generate()))
	w.log = consent.New(db, w.ring, quiet)
	guard := gate.New(db, must(law.Load()), w.log, time.Now, quiet)
	if err := guard.Start(w.ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(guard.Stop)
	engine := delivery.NewEngine(delivery.Config{DB: db, Gate: guard, Router: delivery.Relay{}, Clock: time.Now, Log: quiet})
	books, people := account.New(db, w.ring), contact.New(db, w.ring, w.log)
	w.seedExits(books, people)
	site := must(New(Deps{
		DB: db, Ring: w.ring, Catalogue: texts, Lang: i18n.Ja, Clock: time.Now,
		Log: slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelError})),
		Preferences: must(preference.New(preference.Config{
			DB: db, Ring: w.ring, Accounts: books, People: people, Consents: w.log, Gate: guard, Outbox: engine.Outbox(),
			Jobs: job.NewRunner(db, quiet, job.Options{Node: "a"}), Texts: texts, BaseURL: "https://mail.example.jp",
		})),
	}))
	server := httptest.NewServer(site)
	t.Cleanup(server.Close)
	w.url = server.URL
	return w
}

func (w *exits) seedExits(books *account.Book, people *contact.Book) {
	w.Helper()
	now := time.Now()
	ws, _, err := books.SetUp(w.ctx, account.SetUp{
		Workspace: account.WorkspaceForm{Slug: "mori", PrivacyURL: "https://mori.example.jp/privacy", Label: account.Label{
			LegalName: "株式会社森の本屋", LegalNameEn: "Mori Books Inc.", PostalAddress: "東京都千代田区神田1-2-3",
			PostalAddressEn: "1-2-3 Kanda, Chiyoda, Tokyo", Email: "info@mori.example.jp", Phone: "03-1234-5678",
		}},
		FromAddress: "news@mori.example.jp", AdminEmail: "admin@mori.example.jp", AdminName: "森", AdminPassword: "correct horse battery staple",
	}, now)
	if err != nil {
		w.Fatal(err)
	}
	w.ws = ws
	profile := must(books.Profiles(w.ctx, w.db, ws.ID))[0]
	err = w.db.Write(w.ctx, func(tx *store.Tx) error {
		for _, t := range []*consent.Topic{&w.topic, &w.sale} {
			*t = consent.Topic{
				Workspace: ws.ID, Key: "weekly", NameJa: "週刊・新刊案内", NameEn: "New books weekly", ContentJa: "新刊と催しのお知らせ", ContentEn: "New books",
				Promise: consent.Frequency{Count: 1, Period: consent.Week}, Public: true, Profile: profile.ID,
			}
			if t == &w.sale {
				t.Key, t.NameJa, t.NameEn = "sale", "セール<情報>", "Sales"
			}
			if *t, err = w.log.CreateTopic(w.ctx, tx, *t, now); err != nil {
				return err
			}
		}
		if w.reader, _, err = people.EnsureAddress(w.ctx, tx, ws.ID, must(addr.ParseMail("hanako@reader.example")), now); err != nil {
			return err
		}
		if _, _, err = people.EnsureContact(w.ctx, tx, w.reader, contact.Contact{FamilyName: "山田"}, now); err != nil {
			return err
		}
		_, err = w.log.Append(w.ctx, tx, []*consent.Event{{
			Workspace: ws.ID, Address: w.reader.ID, Topic: w.topic.ID, Action: consent.ActionGranted, Basis: consent.BasisConsent,
			Method: consent.MethodForm, OccurredAt: now, Evidence: consent.Evidence{Page: "https://mori.example.jp/"},
		}})
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
}

// path is the path of a personal page.
func (w *exits) path(name string, p keyring.Purpose) string {
	return "/" + name + "/" + w.ring.Sign(keyring.Token{
		Purpose: p, Workspace: w.ws.ID, Address: w.reader.ID, Topic: w.topic.ID, ID: 5, IssuedAt: time.Now().AddDate(-4, 0, 0),
	})
}

func (w *exits) unsubscribe() string { return w.path("unsubscribe", keyring.Unsubscribe) }
func (w *exits) centre() string      { return w.path("preferences", keyring.Preferences) }

// status is what the log says of a topic.
func (w *exits) status(t consent.Topic) consent.Status {
	w.Helper()
	return must(w.log.State(w.ctx, w.db, w.reader.ID))[t.ID].Status
}

// second gives the reader another address.
func (w *exits) second(mail string) {
	w.Helper()
	people := contact.New(w.db, w.ring, w.log)
	err := w.db.Write(w.ctx, func(tx *store.Tx) error {
		first, err := people.AddressByID(w.ctx, tx, w.ws.ID, w.reader.ID)
		if err != nil {
			return err
		}
		a, _, err := people.EnsureAddress(w.ctx, tx, w.ws.ID, must(addr.ParseMail(mail)), time.Now())
		if err != nil {
			return err
		}
		return people.Attach(w.ctx, tx, a.ID, first.Contact)
	})
	if err != nil {
		w.Fatal(err)
	}
}

// refusals counts the addresses that have refused everything.
func (w *exits) refusals() (n int) {
	w.Helper()
	if err := w.db.QueryRow(w.ctx, `SELECT COUNT(*) FROM suppression WHERE kind = 'refusal' AND topic_id = 0 AND lifted_at = 0`).Scan(&n); err != nil {
		w.Fatal(err)
	}
	return n
}

func (w *exits) lacks(path string, r reply, text string) {
	w.Helper()
	if w.whole(path, r); strings.Contains(r.body, text) {
		w.Errorf("%s has %s", path, text)
	}
}

// rawKey finds a text that is missing in the catalogue.
var rawKey = regexp.MustCompile(`\b(?:public_)?preference\.[a-z_]+\.`)

// whole holds what every page must be.
func (w *exits) whole(path string, r reply) {
	w.Helper()
	switch {
	case r.status != http.StatusOK:
		w.Errorf("%s: %d\n%s", path, r.status, r.body)
	case len(r.body) > 50_000:
		w.Errorf("%s has %d bytes", path, len(r.body))
	case strings.Contains(r.body, "<script"):
		w.Errorf("%s needs script", path)
	case rawKey.MatchString(r.body):
		w.Errorf("%s: no text for %s", path, rawKey.FindString(r.body))
	case strings.Contains(r.body, "hanako@") || strings.Contains(r.body, "山田"):
		w.Errorf("%s names the reader", path)
	case r.header.Get("Set-Cookie") != "":
		w.Errorf("%s sets a cookie", path)
	}
}

func TestOpeningPagesChangesNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newExits(t, db)
		before := w.events()
		for _, path := range []string{w.unsubscribe(), w.centre(), w.path("why", keyring.Why), "/preferences", "/s/mori"} {
			secret := strings.Count(path, "/") == 2 && !strings.HasPrefix(path, "/s/")
			for _, lang := range []string{"?lang=ja", "?lang=en"} {
				r := w.get(path + lang)
				w.whole(path, r)
				if !strings.Contains(r.body, `<html lang="`+lang[6:]+`"`) || strings.Count(r.body, "<h1") != 1 {
					t.Errorf("%s: language or heading", path)
				}
				if secret && (r.header.Get("Referrer-Policy") != "no-referrer" || r.header.Get("X-Robots-Tag") != "noindex") {
					t.Errorf("%s tells its address: %v", path, r.header)
				}
				for _, method := range []string{http.MethodHead, http.MethodGet} {
					prefetch := func(r *http.Request) { r.Header.Set("Sec-Purpose", "prefetch") }
					if r := w.do(method, path+lang, nil, prefetch); r.status != http.StatusOK {
						t.Errorf("%s %s: %d", method, path, r.status)
					}
				}
			}
		}
		for _, path := range []string{w.unsubscribe() + "/undo", w.centre() + "/stop"} {
			if r := w.get(path); r.status != http.StatusMethodNotAllowed && r.status != http.StatusNotFound {
				t.Errorf("GET %s: %d", path, r.status)
			}
		}
		if w.events() != before || w.status(w.topic) != consent.StatusGiven {
			t.Error("reading changed something")
		}
	})
}

func TestOneClickTakesBothEncodings(t *testing.T) {
	t.Parallel()
	var parts bytes.Buffer
	m := multipart.NewWriter(&parts)
	if err := m.WriteField("List-Unsubscribe", "One-Click"); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string][2]string{
		"urlencoded": {"application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"},
		"multipart":  {m.FormDataContentType(), parts.String()},
		"empty":      {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newExits(t, storetest.SQLite(t))
			path := w.unsubscribe()
			for range 2 {
				r := w.raw(path, body[0], body[1])
				if r.status != http.StatusOK || r.header.Get("Location") != "" || r.header.Get("Set-Cookie") != "" ||
					!strings.HasPrefix(r.header.Get("Content-Type"), "text/plain") || r.body != "配信を停止しました。\n" {
					t.Errorf("%d %v %q", r.status, r.header, r.body)
				}
			}
			if w.status(w.topic) != consent.StatusWithdrawn || w.events() != 2 {
				t.Errorf("%s, %d events", w.status(w.topic), w.events())
			}
		})
	}
}

// raw posts a body as a mail program of another site would.
func (w *exits) raw(path, kind, body string) reply {
	w.Helper()
	return w.do(http.MethodPost, path, nil, func(r *http.Request) {
		next := must(http.NewRequest(http.MethodPost, r.URL.String(), strings.NewReader(body)))
		r.Body, r.ContentLength, r.GetBody = next.Body, next.ContentLength, next.GetBody
		r.Header.Set("Origin", "https://mail.example")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		if kind != "" {
			r.Header.Set("Content-Type", kind)
		}
	})
}

func TestBadPressesAreRefused(t *testing.T) {
	t.Parallel()
	w := newExits(t, storetest.SQLite(t))
	good, form := w.unsubscribe(), "application/x-www-form-urlencoded"
	for name, c := range map[string][3]string{
		"forged":       {good[:len(good)-2], form, "List-Unsubscribe=One-Click"},
		"other kind":   {strings.Replace(w.centre(), "preferences", "unsubscribe", 1), form, "List-Unsubscribe=One-Click"},
		"json":         {good, "application/json", `{"List-Unsubscribe":"One-Click"}`},
		"broken parts": {good, "multipart/form-data", "x"},
		"other scope":  {good, form, "scope=nothing"},
		"large":        {good, form, "scope=" + strings.Repeat("x", 70_000)},
	} {
		if r := w.raw(c[0], c[1], c[2]); r.status < 400 || r.status >= 500 {
			t.Errorf("%s: %d", name, r.status)
		}
	}
	if w.status(w.topic) != consent.StatusGiven {
		t.Error("a bad press counted")
	}
}

var (
	actions = regexp.MustCompile(`action="([^"]+)"`)
	inputs  = regexp.MustCompile(`<input type="(hidden|checkbox|date|radio)"[^>]*? name="([^"]+)" value="([^"]*)"([^>]*)>`)
	chosen  = regexp.MustCompile(`(?s)<select id="[^"]+" name="([^"]+)">.*?<option value="([^"]*)" selected>`)
)

// action finds the path of the form that ends in a suffix.
func action(t *testing.T, body, suffix string) string {
	t.Helper()
	for _, m := range actions.FindAllStringSubmatch(body, -1) {
		path := html.UnescapeString(m[1])
		if u, err := url.Parse(path); err == nil && strings.HasSuffix(u.Path, suffix) {
			return path
		}
	}
	t.Fatalf("no form for %s in\n%s", suffix, body)
	return ""
}

// settings reads the centre's form as a browser without script would send it.
func settings(body string) url.Values {
	v := url.Values{}
	for _, m := range inputs.FindAllStringSubmatch(body, -1) {
		if m[1] == "hidden" || m[1] == "date" || strings.Contains(m[4], " checked") {
			v.Add(html.UnescapeString(m[2]), html.UnescapeString(m[3]))
		}
	}
	for _, m := range chosen.FindAllStringSubmatch(body, -1) {
		v.Set(html.UnescapeString(m[1]), html.UnescapeString(m[2]))
	}
	return v
}

func TestLeavingUndoingAndSayingWhy(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newExits(t, db)
		page := w.get(w.unsubscribe())
		if strings.Count(page.body, `class="button" type="submit"`) != 2 || strings.Contains(page.body, "button-main") {
			t.Error("the two buttons do not weigh the same")
		}
		left := w.post(w.unsubscribe(), url.Values{"scope": {"topic"}})
		w.whole("left", left)
		if w.status(w.topic) != consent.StatusWithdrawn {
			t.Fatal(w.status(w.topic))
		}
		reason := action(t, left.body, "/reason")
		if r := w.post(reason, url.Values{"remark": {"<b>x"}}); r.status != http.StatusUnprocessableEntity || strings.Contains(r.body, "<b>x") {
			t.Errorf("%d", r.status)
		}
		w.whole("thanks", w.post(reason, url.Values{"reason": {"too_many"}, "remark": {"x"}}))
		if w.status(w.topic) != consent.StatusWithdrawn {
			t.Error("the reason changed something")
		}
		back := w.post(action(t, left.body, "/undo"), url.Values{})
		w.whole("undone", back)
		if w.status(w.topic) != consent.StatusGiven {
			t.Error(w.status(w.topic))
		}
		w.whole("nothing", w.post(action(t, left.body, "/undo"), url.Values{}))
	})
}

// TestEverythingOffSaysWhere holds that a page says which address a button is about,
// and offers all of a person's addresses with the same weight where there are more.
func TestEverythingOffSaysWhere(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newExits(t, db)
		w.lacks("alone", w.get(w.unsubscribe()), `value="everywhere"`)
		w.second("other@reader.example")
		page := w.get(w.unsubscribe())
		w.whole("with another", page)
		if strings.Count(page.body, `class="button" type="submit"`) != 3 || !strings.Contains(page.body, `value="everywhere"`) || strings.Contains(page.body, "other@") {
			t.Error("the page does not offer all addresses as it should")
		}
		left := w.post(w.unsubscribe(), url.Values{"scope": {"all"}})
		w.whole("here", left)
		if !strings.Contains(left.body, "ほかにご登録") {
			t.Error("the page does not say that others go on")
		}
		if w.status(w.topic) != consent.StatusWithdrawn || w.refusals() != 1 {
			t.Errorf("%s, %d refusals", w.status(w.topic), w.refusals())
		}
		again := w.get(w.unsubscribe())
		if w.whole("again", again); !strings.Contains(again.body, `value="everywhere"`) {
			t.Error("the others cannot be stopped any more")
		}
		all := w.post(w.unsubscribe(), url.Values{"scope": {"everywhere"}})
		if w.whole("everywhere", all); w.refusals() != 2 || !strings.Contains(all.body, "すべてのメールアドレス") {
			t.Errorf("%d refusals", w.refusals())
		}
		w.lacks("at last", w.get(w.unsubscribe()), `value="everywhere"`)
	})
}

func TestThePreferenceCentreWithoutScript(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newExits(t, db)
		path := w.centre()
		v := settings(w.get(path).body)
		before := w.events()
		r := w.post(path, v)
		w.whole(path, r)
		if w.events() != before {
			t.Fatalf("saving an unchanged page recorded something: %v", v)
		}
		sale := store.Public("tpc", w.sale.ID)
		v["topic"] = []string{sale}
		v.Set("limit.all", "2-month")
		v.Set("pause", time.Now().AddDate(0, 0, 30).Format(time.DateOnly))
		v.Set("mail_lang", "en")
		r = w.post(path+"?lang=en", v)
		w.whole(path, r)
		if w.status(w.topic) != consent.StatusWithdrawn || w.status(w.sale) != "" {
			t.Errorf("%s %s", w.status(w.topic), w.status(w.sale))
		}
		if !strings.Contains(r.body, "The descriptions changed") {
			t.Error("a page in another language is another text, and nobody was told")
		}
		v = settings(r.body)
		if v.Get("limit.all") != "2-month" || v.Get("pause") == "" || v.Get("mail_lang") != "en" {
			t.Errorf("%v", v)
		}
		v.Add("topic", sale)
		if w.whole(path, w.post(path+"?lang=en", v)); w.status(w.sale) != consent.StatusGiven {
			t.Error(w.status(w.sale))
		}
		for field, value := range map[string]string{"pause": "soon", "limit.all": "9-decade", "limit." + sale: "x", "mail_lang": "fr"} {
			bad := settings(w.get(path).body)
			bad.Set(field, value)
			if r := w.post(path, bad); r.status != http.StatusUnprocessableEntity || rawKey.MatchString(r.body) {
				t.Errorf("%s=%s: %d", field, value, r.status)
			}
		}
		stopped := w.post(path+"/stop", url.Values{})
		if w.whole("stop", stopped); w.status(w.sale) != consent.StatusWithdrawn {
			t.Error(w.status(w.sale))
		}
		if again := w.get(path); strings.Contains(again.body, "/stop") {
			t.Error("what is stopped can be stopped")
		}
	})
}

func TestAskingForALinkIsAnsweredTheSame(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newExits(t, db)
		known := w.post("/preferences", url.Values{"address": {"hanako@reader.example"}})
		unknown := w.post("/preferences", url.Values{"address": {"nobody@reader.example"}})
		if known.status != http.StatusOK || known.body != unknown.body || known.status != unknown.status {
			t.Errorf("%d %d", known.status, unknown.status)
		}
		w.whole("sent", known)
		if r := w.post("/preferences", url.Values{"address": {"@"}}); r.status != http.StatusUnprocessableEntity {
			t.Error(r.status)
		}
		cross := w.do(http.MethodPost, "/preferences", url.Values{"address": {"hanako@reader.example"}}, func(r *http.Request) {
			r.Header.Set("Origin", "https://elsewhere.example")
			r.Header.Set("Sec-Fetch-Site", "cross-site")
		})
		if cross.status != http.StatusForbidden {
			t.Error(cross.status)
		}
	})
}

func TestWhatWasShownIsShownWithoutRights(t *testing.T) {
	t.Parallel()
	w := newExits(t, storetest.SQLite(t))
	v := settings(w.get(w.centre()).body)
	v.Add("topic", store.Public("tpc", w.sale.ID))
	w.post(w.centre(), v)
	why := w.get("/why/" + w.ring.Sign(keyring.Token{Purpose: keyring.Why, Workspace: w.ws.ID, Address: w.reader.ID, Topic: w.sale.ID, IssuedAt: time.Now()}))
	w.whole("why", why)
	link := regexp.MustCompile(`/why/[^"]+/shown`).FindString(why.body)
	r := w.get(link)
	if r.status != http.StatusOK || !strings.HasPrefix(r.header.Get("Content-Security-Policy"), "sandbox;") || !strings.Contains(r.body, "セール&lt;情報&gt;") {
		t.Errorf("%d %v\n%s", r.status, r.header, r.body)
	}
}
