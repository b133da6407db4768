package collect

import (
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

const sqlTestMailOrder = `UPDATE workspace SET mail_order = TRUE, privacy_url = ''`

// Each rule about forms is found in the form that breaks it, and the form as it
// should be breaks none.
func TestTheLawIsHeldAgainstForms(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.write(func(tx *store.Tx) error {
			_, err := w.Consents.AddWording(w.ctx, tx, consent.Wording{
				Workspace: w.ws.ID, Kind: consent.WordingConsent, Key: "many", TextJa: "メールとLINEでご案内を受け取ります。", TextEn: "I want news by mail and SMS.",
			}, w.now)
			return err
		})
		abroad := func(region Region) func(*Spec) {
			return func(s *Spec) { s.Regions, s.Offers[0].Mode = []Region{region}, SingleOptIn }
		}
		for name, c := range map[string]struct {
			change func(*Spec)
			rule   string
			level  Level
			path   string
		}{
			"several channels":    {func(s *Spec) { s.Offers[0].Wording = "many" }, "COL-02", Block, "offers[0].wording"},
			"far from the button": {func(s *Spec) { s.Purpose.Key = "long" }, "COL-05", Warn, "offers"},
			"leads elsewhere":     {func(s *Spec) { s.Redirect, s.RedirectHosts = "https://mori.example.jp/", []string{"mori.example.jp"} }, "COL-06", Warn, "redirect"},
			"single":              {abroad("JP"), "COL-08", Warn, "offers[0].mode"},
			"single in Germany":   {abroad("DE"), "COL-08", Block, "offers[0].mode"},
			"single for anybody":  {func(s *Spec) { s.Regions, s.Offers[0].Mode = nil, SingleOptIn }, "COL-08", Block, "offers[0].mode"},
			"for children":        {func(s *Spec) { s.Ages = Children }, "COL-13", Warn, "fields"},
			"asks the age": {func(s *Spec) {
				s.Fields = append(s.Fields, Field{Name: "age", Kind: AgeField, Label: Words{"年齢", "Age"}})
			}, "COL-13", Warn, "fields"},
			"asks for an illness": {func(s *Spec) {
				s.Fields = append(s.Fields, Field{Name: "ill", Kind: TextField, Label: Words{"持病", "Illness"}})
			}, "COL-14", Block, "fields"},
			"sensitive by its mark": {func(s *Spec) {
				s.Fields = append(s.Fields, Field{Name: "x", Kind: TextField, Label: Words{"所属", "Group"}, Sensitive: true})
			}, "COL-14", Block, "fields"},
		} {
			s := w.spec(Newsletter, w.events)
			if name == "far from the button" {
				w.write(func(tx *store.Tx) error {
					_, err := w.Consents.AddWording(w.ctx, tx, consent.Wording{
						Workspace: w.ws.ID, Kind: consent.WordingPurpose, Key: "long", TextJa: strings.Repeat("ご案内のために使います。", 60), TextEn: strings.Repeat("We use it for news. ", 60),
					}, w.now)
					return err
				})
			}
			c.change(&s)
			_, found, err := w.Preview(w.ctx, w.DB, w.ws.ID, s, i18n.Ja, w.now)
			if err != nil || !holds(found, c.rule, c.level, c.path) {
				t.Errorf("%s: %v %+v", name, err, found)
			}
		}
		good := w.spec(Newsletter, w.events)
		good.Regions = Regions()
		if _, found, err := w.Preview(w.ctx, w.DB, w.ws.ID, good, i18n.En, w.now); err != nil || len(found) != 0 {
			t.Errorf("a good form: %v %+v", err, found)
		}
	})
}

func holds(list []Finding, rule string, level Level, path string) bool {
	for _, f := range list {
		if f.Rule == rule && f.Level == level && f.Path == path && f.Law != nil {
			return true
		}
	}
	return false
}

func TestTheCompanyAroundAForm(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		look := func() []Finding {
			_, found, err := w.Preview(w.ctx, w.DB, w.ws.ID, w.spec(Newsletter, w.weekly), i18n.Ja, w.now)
			if err != nil {
				t.Fatal(err)
			}
			return found
		}
		if err := w.AddComplaint(w.ctx, w.by, w.ws.ID, Complaint{Via: "telephone", Body: "頻度が多すぎるとのこと"}, w.now); err != nil {
			t.Fatal(err)
		}
		if found := look(); !holds(found, "ADM-02", Warn, "profile") {
			t.Errorf("a complaint that is nobody's: %+v", found)
		}
		list := must(w.Complaints(w.ctx, w.DB, w.ws.ID))
		if err := w.SettleComplaint(w.ctx, w.by, w.ws.ID+1, Complaint{ID: list[0].ID, Owner: 9}, w.now); !fault.Is(err, fault.NotFound) {
			t.Errorf("another company settles it: %v", err)
		}
		if err := w.SettleComplaint(w.ctx, w.by, w.ws.ID, Complaint{ID: list[0].ID, Owner: 9, Outcome: "お詫びし、月1回にした"}, w.now); err != nil {
			t.Fatal(err)
		}
		if found := look(); len(found) != 0 {
			t.Errorf("settled: %+v", found)
		}
		tag := Tag{Name: "アクセス解析", Party: "解析社", Content: Words{"見たページ", ""}, Purpose: Words{"利用状況を知るため", ""}}
		bare := tag
		bare.Purpose = Words{}
		for name, c := range map[string]struct {
			t       Transmission
			publish bool
			rule    string
			level   Level
		}{
			"no purpose":     {Transmission{Scope: InScope, Tags: []Tag{bare}}, true, "TRK-02", Block},
			"not published":  {Transmission{Tags: []Tag{tag}}, false, "TRK-02", Block},
			"said to be out": {Transmission{Scope: OutOfScope, Tags: []Tag{bare}}, false, "TRK-02", Warn},
			"English only":   {Transmission{Scope: InScope, Tags: []Tag{{Name: "x", Party: "x", Content: Words{"", "pages"}, Purpose: Words{"知るため", ""}}}}, true, "TRK-03", Warn},
			"six points":     {Transmission{Scope: InScope, OptOut: true, Points: []string{"1", "2", "3", "4", "5", "6", " "}}, true, "TRK-04", Block},
			"good":           {Transmission{Scope: InScope, Tags: []Tag{tag}}, true, "", ""},
		} {
			if err := w.SaveTransmission(w.ctx, w.by, w.ws.ID, c.t, c.publish, w.now); err != nil {
				t.Fatal(err)
			}
			if found := look(); c.rule != "" && !holds(found, c.rule, c.level, "transmission") || c.rule == "" && len(found) != 0 {
				t.Errorf("%s: %+v", name, found)
			}
		}
		if err := w.SaveTransmission(w.ctx, w.by, w.ws.ID, Transmission{Scope: InScope, Tags: []Tag{tag}}, true, w.now); err != nil {
			t.Fatal(err)
		}
		if html, _, err := w.Preview(w.ctx, w.DB, w.ws.ID, w.spec(Newsletter, w.weekly), i18n.Ja, w.now); err != nil || !strings.Contains(string(html), NoticePath(w.ws.Slug)) {
			t.Errorf("the form does not lead to the published notice: %v", err)
		}
		w.write(func(tx *store.Tx) error { _, err := tx.Exec(w.ctx, sqlTestMailOrder); return err })
		if found := look(); !holds(found, "RGT-03", Warn, "privacy") || holds(found, "COL-12", Block, "offers") {
			t.Errorf("mail order without a page of publication: %+v", found)
		}
	})
}

func TestAWarningNeedsAReasonThatIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	s := w.spec(Newsletter, w.events)
	s.Offers[0].Mode = SingleOptIn
	f := must(w.Create(w.ctx, w.by, NewForm{Workspace: w.ws.ID, Slug: "single", Name: "x", Spec: s}, w.now))
	found, err := w.Publish(w.ctx, w.by, f, " ", w.now)
	if !fault.Is(err, fault.Refused) || !Warned(found) || Blocked(found) {
		t.Errorf("%v %+v", err, found)
	}
	if _, err := w.LiveBySlug(w.ctx, w.DB, "single"); !fault.Is(err, fault.NotFound) {
		t.Error("it is live without a reason")
	}
	if _, err := w.Publish(w.ctx, w.by, f, "会場で本人を確認するため", w.now); err != nil {
		t.Fatal(err)
	}
	var reason, detail string
	if err := w.DB.QueryRow(w.ctx, sqlTestAudit).Scan(&reason, &detail); err != nil || reason != "会場で本人を確認するため" || !strings.Contains(detail, "COL-08") {
		t.Errorf("audit: %q %q %v", reason, detail, err)
	}
}

const sqlTestAudit = `SELECT reason, detail FROM audit WHERE action = 'form.publish' ORDER BY id DESC LIMIT 1`

func TestChildrenAndSensitiveDataNeedTheirConsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	s := w.spec(Event, w.weekly)
	s.Fields = []Field{
		{Name: "age", Kind: AgeField, Label: Words{"年齢", "Age"}},
		{Name: "guardian", Kind: GuardianField, Label: Words{"保護者が同意しています", "My guardian agrees"}},
		{Name: "allergy", Kind: TextField, Label: Words{"食物アレルギー（診断名）", "Allergies"}, Sensitive: true, Consent: "agree"},
		{Name: "agree", Kind: CheckField, Label: Words{"診断名の利用に同意します", "I agree to this use"}},
	}
	live := w.publish("camp", s)
	for name, c := range map[string]struct {
		values map[string]string
		wrong  string
	}{
		"a child alone":          {map[string]string{"age": "15"}, "f.guardian"},
		"with a guardian":        {map[string]string{"age": "１５", "guardian": "yes"}, ""},
		"sixteen":                {map[string]string{"age": "16"}, ""},
		"no age at all":          {map[string]string{"age": "old"}, "f.age"},
		"sensitive, no consent":  {map[string]string{"allergy": "そば"}, "f.agree"},
		"sensitive, with it":     {map[string]string{"allergy": "そば", "agree": "yes"}, ""},
		"nothing sensitive said": {map[string]string{}, ""},
	} {
		v := w.fill(live, "hana@example.jp", w.weekly).Values
		for key, value := range c.values {
			v.Set(FieldPrefix+key, value)
		}
		_, err := live.Version.Spec.read(v)
		fields := fieldsOf(err)
		if c.wrong == "" && err != nil || c.wrong != "" && (len(fields) != 1 || fields[0].Name != c.wrong) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Once the amendment is in force no form takes a child without one.
	s.Fields = s.Fields[:1]
	old := w.publish("open", s)
	child := w.fill(old, "kid@example.jp", w.weekly)
	child.Values.Set("f.age", "12")
	e, err := old.Version.Spec.read(child.Values)
	if err != nil {
		t.Fatal(err)
	}
	p := seen{form: old.Form, version: old.Version, lang: i18n.Ja}
	if err := w.childRule(p, e, w.now); err != nil {
		t.Errorf("today: %v", err)
	}
	if err := w.childRule(p, e, w.now.AddDate(3, 0, 0)); !fault.Is(err, fault.Invalid) || fieldsOf(err)[0].Key != "law.finding" {
		t.Errorf("in three years: %v", err)
	}
}

func TestSingleOptInEndsAtTheBorder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	s := w.spec(Newsletter, w.events)
	s.Offers[0].Mode = SingleOptIn
	live := w.publish("single", s)
	for address, want := range map[string]bool{"a@example.jp": true, "a@example.com": true, "a@example.de": false, "a@example.fr": false} {
		e, err := live.Version.Spec.read(w.fill(live, address, w.events).Values)
		if err != nil {
			t.Fatal(err)
		}
		p := seen{form: live.Form, version: live.Version, lang: i18n.Ja}
		if got := w.single(p, e, e.ticked[0], w.now); got != want {
			t.Errorf("%s: %v", address, got)
		}
		p.lang = i18n.En
		if address == "a@example.com" && w.single(p, e, e.ticked[0], w.now) {
			t.Error("an English reader of nowhere got single opt-in")
		}
	}
}
