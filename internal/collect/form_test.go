package collect

import (
	"reflect"
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

func TestVersionsAreFrozenAndEditsAreDrafts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		live := w.publish("letter", w.spec(Newsletter, w.weekly))
		spec := live.Version.Spec
		spec.Title.Ja = "新しい見出し"
		v, err := w.Edit(w.ctx, w.by, live.Form, spec, w.now)
		if err != nil || v.Number != 2 {
			t.Fatalf("%v %+v", err, v)
		}
		if _, err := w.Edit(w.ctx, w.by, live.Form, spec, w.now); !fault.Is(err, fault.Stale) {
			t.Errorf("an edit of what was edited: %v", err)
		}
		if now := must(w.LiveBySlug(w.ctx, w.DB, "letter")); now.Version.ID != live.Version.ID || !now.Form.Draft() {
			t.Error("a draft is live")
		}
		f := must(w.FormByID(w.ctx, w.DB, w.ws.ID, live.Form.ID))
		same := must(w.Edit(w.ctx, w.by, f, spec, w.now))
		if same.ID != v.ID {
			t.Error("an edit without a change made a version")
		}
		// A page that was open keeps working, with what it showed as evidence.
		s := w.fill(live, "hana@example.jp", w.weekly)
		f = must(w.FormByID(w.ctx, w.DB, w.ws.ID, live.Form.ID))
		if _, err := w.Publish(w.ctx, w.by, f, "試験のため", w.now); err != nil {
			t.Fatal(err)
		}
		now := must(w.LiveBySlug(w.ctx, w.DB, "letter"))
		if a, err := w.Submit(w.ctx, now, s, w.now); err != nil || a.Version.ID != live.Version.ID {
			t.Errorf("%v %+v", err, a)
		}
		if e := w.history("hana@example.jp")[0]; e.Evidence.FormVersion != live.Version.ID {
			t.Errorf("evidence names version %d", e.Evidence.FormVersion)
		}
		if list := must(w.Versions(w.ctx, w.DB, w.ws.ID, live.Form.ID)); len(list) != 2 || list[0].Number != 2 {
			t.Errorf("versions %+v", list)
		}
		if _, err := w.VersionByID(w.ctx, w.DB, w.ws.ID+1, live.Version.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("another workspace reads a version: %v", err)
		}
		if err := w.Archive(w.ctx, w.by, now.Form, w.now); err != nil {
			t.Fatal(err)
		}
		if _, err := w.LiveBySlug(w.ctx, w.DB, "letter"); !fault.Is(err, fault.NotFound) {
			t.Errorf("an archived form is open: %v", err)
		}
		q, err := w.Confirm(w.ctx, w.mails("hana@example.jp")[0].token(), visitor(), w.now)
		if err != nil || q.State != RequestDone {
			t.Errorf("a waiting request of an archived form: %v", err)
		}
		if list := must(w.Forms(w.ctx, w.DB, w.ws.ID, false)); len(list) != 0 {
			t.Errorf("list %+v", list)
		}
	})
}

func TestPublishingNeedsTheRequiredStatements(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.write(func(tx *store.Tx) error {
			for key, text := range map[string]string{"vague": "関連会社からもお知らせします。", "bundle": "利用規約に同意し、メールを受け取ります。", "japanese": "メールを受け取ります。"} {
				if _, err := w.Consents.AddWording(w.ctx, tx, consent.Wording{
					Workspace: w.ws.ID, Kind: consent.WordingConsent, Key: key, TextJa: text,
				}, w.now); err != nil {
					return err
				}
			}
			return nil
		})
		for name, c := range map[string]struct {
			change func(*Spec)
			rule   string
			path   string
		}{
			"purpose": {func(s *Spec) { s.Purpose.Key = "" }, "COL-07", "purpose"},
			"policy":  {func(s *Spec) { s.PolicyURL = "" }, "", "policy_url"},
			"wording": {func(s *Spec) { s.Offers[0].Wording = "" }, "COL-03", "offers[0].wording"},
			"english": {func(s *Spec) { s.Offers[0].Wording = "japanese" }, "COL-03", "offers[0].wording"},
			"vague":   {func(s *Spec) { s.Offers[0].Wording = "vague" }, "COL-04", "offers[0].wording"},
			"bundle":  {func(s *Spec) { s.Offers[0].Wording = "bundle" }, "COL-02", "offers[0].wording"},
			"offers":  {func(s *Spec) { s.Offers = nil }, "", "offers"},
			"title":   {func(s *Spec) { s.Title.En = "" }, "", "title.en"},
		} {
			s := w.spec(Newsletter, w.weekly)
			c.change(&s)
			f, err := w.Create(w.ctx, w.by, NewForm{Workspace: w.ws.ID, Slug: "f-" + name, Name: name, Spec: s}, w.now)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			found, err := w.Publish(w.ctx, w.by, f, "試験のため", w.now)
			if !fault.Is(err, fault.Refused) || !finds(found, c.rule, c.path) {
				t.Errorf("%s: %v %+v", name, err, found)
			}
			if _, err := w.LiveBySlug(w.ctx, w.DB, "f-"+name); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s is live: %v", name, err)
			}
		}
	})
}

func finds(list []Finding, rule, path string) bool {
	for _, f := range list {
		if f.Rule == rule && f.Path == path && f.Level == Block {
			return true
		}
	}
	return false
}

func TestSpecsAreCheckedByPath(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	for path, change := range map[string]func(*Spec){
		"preset":            func(s *Spec) { s.Preset = "poll" },
		"langs":             func(s *Spec) { s.Langs = nil },
		"langs[1]":          func(s *Spec) { s.Langs = []i18n.Lang{"ja", "ja"} },
		"title.ja":          func(s *Spec) { s.Title.Ja = "a\nb" },
		"intro.en":          func(s *Spec) { s.Intro.En = strings.Repeat("x", maxProse+1) },
		"fields[0].name":    func(s *Spec) { s.Fields[0].Name = "Émile" },
		"fields[1].name":    func(s *Spec) { s.Fields[1].Name = s.Fields[0].Name },
		"fields[0].kind":    func(s *Spec) { s.Fields[0].Kind = "password" },
		"fields[0].maps":    func(s *Spec) { s.Fields[0].Maps = "search_key" },
		"fields[1].maps":    func(s *Spec) { s.Fields[1].Maps = "attr.nobody" },
		"fields[0].label":   func(s *Spec) { s.Fields[0].Label = Words{} },
		"fields[0].choices": func(s *Spec) { s.Fields[0].Kind = SelectField },
		"offers[0].topic":   func(s *Spec) { s.Offers[0].Topic = 4711 },
		"offers[0].wording": func(s *Spec) { s.Offers[0].Wording = "unknown" },
		"offers[0].mode":    func(s *Spec) { s.Offers[0].Mode = "triple" },
		"policy_url":        func(s *Spec) { s.PolicyURL = "javascript:alert(1)" },
		"asset":             func(s *Spec) { s.Asset.URL = "https://example.jp/a.pdf" },
		"redirect":          func(s *Spec) { s.Redirect = "https://evil.example/" },
		"redirect_hosts[0]": func(s *Spec) { s.RedirectHosts = []string{"https://x"} },
		"profile":           func(s *Spec) { s.Profile = 4711 },
	} {
		s := w.spec(Newsletter, w.weekly)
		change(&s)
		_, _, err := w.Preview(w.ctx, w.DB, w.ws.ID, s, i18n.Ja, w.now)
		got := ""
		for _, f := range fieldsOf(err) {
			got += f.Name + " "
		}
		if !fault.Is(err, fault.Invalid) || !strings.Contains(" "+got, " "+path+" ") {
			t.Errorf("%s: %v (%s)", path, err, got)
		}
	}
}

func TestNoBoxCanBeTickedBeforehand(t *testing.T) {
	t.Parallel()
	for name := range map[string]bool{"checked": true, "ticked": true, "default": true} {
		if _, err := ParseSpec([]byte(`{"preset":"newsletter","offers":[{"topic":1,"` + name + `":true}]}`)); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	for _, typ := range []reflect.Type{reflect.TypeFor[Offer](), reflect.TypeFor[Spec]()} {
		for i := range typ.NumField() {
			if typ.Field(i).Type.Kind() == reflect.Bool {
				t.Errorf("%s.%s is a yes or no", typ, typ.Field(i).Name)
			}
		}
	}
	w := newWorld(t, storetest.SQLite(t))
	html, found, err := w.Preview(w.ctx, w.DB, w.ws.ID, w.spec(Newsletter, w.weekly, w.events), i18n.En, w.now)
	if err != nil || len(found) != 0 || strings.Contains(string(html), "checked") || strings.Count(string(html), `name="topic"`) != 2 {
		t.Errorf("%v %v\n%s", err, found, html)
	}
	for _, text := range []string{"Mori Books Inc.", "at most 1 mail a week", "News of books", "We use it to send you news.", "https://mori.example.jp/privacy"} {
		if !strings.Contains(string(html), text) {
			t.Errorf("%q is not on the form", text)
		}
	}
}

func TestTopicsCanDemandDoubleOptIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	strict := w.weekly
	strict.DoubleOptIn = true
	w.write(func(tx *store.Tx) error { return w.Consents.EditTopic(w.ctx, tx, strict) })
	s := w.spec(Newsletter, w.weekly)
	s.Offers[0].Mode = SingleOptIn
	_, _, err := w.Preview(w.ctx, w.DB, w.ws.ID, s, i18n.Ja, w.now)
	if f := fieldsOf(err); len(f) != 1 || f[0].Key != "collect.spec.topic_double" {
		t.Errorf("%v", err)
	}
	s.Offers[0].Topic = w.events.ID
	if _, found, err := w.Preview(w.ctx, w.DB, w.ws.ID, s, i18n.Ja, w.now); err != nil || len(found) != 1 || found[0].Rule != "COL-08" || found[0].Level != Warn {
		t.Errorf("%v %+v", err, found)
	}
}
