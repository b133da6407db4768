package provision

import (
	"slices"
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestTheQuestionsChooseTheClass holds which class the answers lead to, and which the law
// closes (APPI 27(1), (2) proviso, (5), 28).
func TestTheQuestionsChooseTheClass(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		answers Answers
		class   Class
		why     string
		cannot  map[Class]string
	}{
		{"a law asks", Answers{Duty: true, Work: true}, LegalDuty, "duty", map[Class]string{Entrust: "", OptOut: ""}},
		{"a study", Answers{Study: true, Sensitive: true}, LegalDuty, "study", map[Class]string{OptOut: "sensitive"}},
		{"a printer", Answers{Work: true}, Entrust, "work", map[Class]string{JointUse: "no_group"}},
		{"a merger", Answers{Deal: true}, Succession, "deal", map[Class]string{Entrust: "no_work"}},
		{"a group", Answers{Group: true, Ask: true}, JointUse, "group", map[Class]string{LegalDuty: "no_duty"}},
		{"people who can be asked", Answers{Ask: true}, Consent, "ask", nil},
		{"lists of a dealer", Answers{}, OptOut, "otherwise", nil},
		{"a diagnosis", Answers{Sensitive: true}, Consent, "only_consent", map[Class]string{OptOut: "sensitive"}},
		{"data under another's opt-out", Answers{OptedOut: true}, Consent, "only_consent", map[Class]string{OptOut: "opted_out"}},
		{"data got by deceit", Answers{Illicit: true}, "", "illicit", map[Class]string{OptOut: "illicit", Consent: "deceit", Entrust: "deceit", LegalDuty: "deceit"}},
		{"a printer for data got by deceit", Answers{Illicit: true, Work: true, Ask: true}, "", "illicit", map[Class]string{Entrust: "deceit", Consent: "deceit"}},
		{"a study of data got by deceit", Answers{Illicit: true, Study: true}, "", "illicit", map[Class]string{LegalDuty: "deceit"}},
		{"a court asks for data got by deceit", Answers{Illicit: true, Duty: true}, LegalDuty, "duty", map[Class]string{LegalDuty: "", Consent: "deceit"}},
		{"a list for a foreign firm", Answers{Abroad: true}, Consent, "only_consent", map[Class]string{OptOut: "abroad"}},
	} {
		got := Advise(c.answers)
		if got.Class != c.class || got.Why != c.why {
			t.Errorf("%s: %s because %s, want %s because %s", c.name, got.Class, got.Why, c.class, c.why)
		}
		for class, why := range c.cannot {
			if got.Cannot[class] != why {
				t.Errorf("%s: %s is closed by %q, want %q", c.name, class, got.Cannot[class], why)
			}
		}
	}
}

// TestEachPresetBeginsInItsClass holds that a preset's own answers lead to its class, that its
// draft can be stored, and that it leaves to the company what only the company knows.
func TestEachPresetBeginsInItsClass(t *testing.T) {
	t.Parallel()
	for _, p := range Presets() {
		if got := Advise(p.Answers); got.Class != p.Class {
			t.Errorf("%s: the questions lead to %s, the preset to %s", p.Case, got.Class, p.Class)
		}
		if err := p.Draft.check(); err != nil {
			t.Errorf("%s: %v", p.Case, err)
		}
		if of, ok := PresetOf(p.Case); !ok || of.Draft.Terms.Case != p.Case {
			t.Errorf("%s: not found by its name", p.Case)
		}
		if missing := (Programme{Class: p.Class}).MissingOf(p.Draft); len(missing) == 0 {
			t.Errorf("%s: nothing is left to fill in", p.Case)
		}
	}
}

// TestWhatIsLeftToFillInIsMissing holds that no version says 〔要記入〕 to people, in either
// language and whatever the class: a filing with it would be none.
func TestWhatIsLeftToFillInIsMissing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		class Class
		item  Item
		left  func(*Items)
	}{
		{Consent, ItemRecipients, func(i *Items) { i.Terms.Recipients.Ja = "広告配信事業者〔要記入：社名〕" }},
		{Consent, ItemRecipients, func(i *Items) { i.Terms.Recipients.En = "Networks [to fill in: names]" }},
		{Consent, ItemData, func(i *Items) { i.Data[0].Name.En = "[to fill in]" }},
		{JointUse, ItemManager, func(i *Items) { i.Terms.Manager.Representative = "〔要記入〕" }},
		{LegalDuty, ItemGround, func(i *Items) { i.Terms.Ground.Ja = "〔要記入：理由〕" }},
		{OptOut, ItemProvider, func(i *Items) { i.Representative = "代表取締役 〔要記入：氏名〕" }},
		{OptOut, ItemMethod, func(i *Items) { i.Terms.Recipients.Ja = "名簿業者〔要記入：社名〕" }},
		{OptOut, ItemUpdate, func(i *Items) { i.Update.En = "[to fill in: how often]" }},
	} {
		i := settledTerms(c.class)
		i.Data = slices.Clone(i.Data)
		p := Programme{Class: c.class}
		if missing := p.MissingOf(i); len(missing) > 0 {
			t.Errorf("%s: %v are missing", c.class, missing)
		}
		c.left(&i)
		if missing := p.MissingOf(i); !slices.Equal(missing, []Item{c.item}) {
			t.Errorf("%s: missing %v, want %s", c.class, missing, c.item)
		}
	}
	study, _ := PresetOf(Clinic)
	if g := study.Draft.Terms.Ground; strings.Contains(g.Ja, "承認") || strings.Contains(g.En, "approved") {
		t.Errorf("an approval is told before there is a number: %+v", g)
	}
}

// settledTerms are items that lack nothing for a class.
func settledTerms(c Class) Items {
	i := complete()
	i.Terms = Terms{
		Purpose: Text{Ja: "ご案内"}, Recipients: Text{Ja: "株式会社乙"}, Manager: Manager{Name: "株式会社名簿", Address: "東京都"},
		Contract: "業務委託契約 2026-4", Supervision: Text{Ja: "年に一度の監査"}, Deal: Text{Ja: "2026年4月の合併"},
		Exception: ByLaw, Ground: Text{Ja: "犯罪収益移転防止法 第8条"},
	}
	return i
}

// TestEachClassAsksForItsOwn empties one item after another: only what the law asks of the
// class is missing then (APPI 27(1), (5), (6), 28(2)).
func TestEachClassAsksForItsOwn(t *testing.T) {
	t.Parallel()
	empty := map[Item]func(*Items){
		ItemData:        func(i *Items) { i.Data = nil },
		ItemPurpose:     func(i *Items) { i.Terms.Purpose = Text{} },
		ItemRecipients:  func(i *Items) { i.Terms.Recipients = Text{En: "B"} },
		ItemManager:     func(i *Items) { i.Terms.Manager.Address = "" },
		ItemContract:    func(i *Items) { i.Terms.Contract = " " },
		ItemSupervision: func(i *Items) { i.Terms.Supervision = Text{} },
		ItemDeal:        func(i *Items) { i.Terms.Deal = Text{} },
		ItemGround:      func(i *Items) { i.Terms.Exception = "viii" },
		ItemForeign:     func(i *Items) { i.Terms.Foreign = Foreign{Needed: true, Country: Text{Ja: "米国"}} },
	}
	for _, c := range Classes() {
		if c == OptOut {
			continue // TestArticle27
		}
		p := Programme{Class: c}
		if missing := p.MissingOf(settledTerms(c)); len(missing) > 0 {
			t.Errorf("%s: %v are missing", c, missing)
		}
		for item, take := range empty {
			i := settledTerms(c)
			take(&i)
			asked := slices.Contains(Wanted(c, i.Terms.Exception), item)
			if missing := p.MissingOf(i); slices.Contains(missing, item) != asked || len(missing) > 1 {
				t.Errorf("%s without %s: missing %v, the law asks %v", c, item, missing, asked)
			}
		}
	}
}

// studied are the items of a study that lacks nothing.
func studied(change func(*Items)) Items {
	i := settledTerms(LegalDuty)
	i.Terms.Exception = ToAcademics
	i.Terms.Research = Research{Title: Text{Ja: "後ろ向き研究"}, Leader: Text{Ja: "内科 𠮷田"}, Period: Text{Ja: "2028年まで"}, Users: Text{Ja: "共同研究機関の研究者"}}
	change(&i)
	return i
}

// TestAStudyTellsWhatTheGuidelineWants empties one point of a study's notice after another, and
// leaves a mark in it: it is missing then, and nothing else.
func TestAStudyTellsWhatTheGuidelineWants(t *testing.T) {
	t.Parallel()
	p := Programme{Class: LegalDuty}
	if missing := p.MissingOf(studied(func(*Items) {})); len(missing) != 0 {
		t.Errorf("%v are missing", missing)
	}
	for item, empty := range map[Item]func(*Items){
		ItemGround:     func(i *Items) { i.Terms.Ground = Text{} },
		ItemResearch:   func(i *Items) { i.Terms.Research.Leader = Text{} },
		ItemPurpose:    func(i *Items) { i.Terms.Purpose = Text{En: "x"} },
		ItemHow:        func(i *Items) { i.Method = Text{Ja: "〔要記入〕"} },
		ItemData:       func(i *Items) { i.Data = nil },
		ItemFrom:       func(i *Items) { i.Start = "" },
		ItemHead:       func(i *Items) { i.Representative = " " },
		ItemObtained:   func(i *Items) { i.Acquisition.En = "[to fill in]" },
		ItemRecipients: func(i *Items) { i.Terms.Recipients = Text{} },
		ItemUsers:      func(i *Items) { i.Terms.Research.Users.Ja = "研究者〔要記入：範囲〕" },
		ItemKeeper:     func(i *Items) { i.Terms.Manager.Name = "〔要記入：氏名〕" },
		ItemStopBy:     func(i *Items) { i.StopBy = Text{} },
	} {
		if missing := p.MissingOf(studied(empty)); !slices.Equal(missing, []Item{item}) {
			t.Errorf("without %s: %v", item, missing)
		}
	}
	if got := len(Wanted(LegalDuty, WithinStudy)); got != 12 {
		t.Errorf("%d points", got)
	}
}

// TestEachClassHasItsCourse holds from when a version counts, class by class, and that no
// notice of a class without one is public.
func TestEachClassHasItsCourse(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		for _, c := range []Class{Consent, Entrust, Succession, LegalDuty} {
			p := w.create(c, settledTerms(c))
			if w.read(p.ID).InForce() != nil || w.read(p.ID).State(day("2026-12-01")) != Draft {
				t.Errorf("%s: a draft counts", c)
			}
			w.freeze(p.ID)
			if got := w.read(p.ID); got.InForce() == nil || got.State(day("2026-12-01")) != Running {
				t.Errorf("%s: frozen and not running: %s", c, got.State(day("2026-12-01")))
			}
			if _, err := w.book.Notice(t.Context(), p.Public(), w.now); err == nil {
				t.Errorf("%s: strangers read it", c)
			}
			w.take(p.ID, 1, "ended", "2026-12-02")
			if got := w.read(p.ID).State(day("2026-12-03")); got != HasEnded {
				t.Errorf("%s: %s after its end", c, got)
			}
			w.now = day("2026-10-01")
		}
		joint := w.create(JointUse, settledTerms(JointUse))
		w.freeze(joint.ID)
		if w.read(joint.ID).InForce() != nil {
			t.Error("joint use counts before it is published")
		}
		w.take(joint.ID, 1, "noticed", "2026-10-02")
		w.edit(joint.ID, func(i *Items) { i.Terms.Manager.Address = "大阪府" })
		w.freeze(joint.ID)
		if got := w.read(joint.ID); got.InForce().Number != 2 || !slices.Equal(got.Owed(), []int{2}) {
			t.Errorf("the manager moved: %v is in force, owed %v", got.InForce().Number, got.Owed())
		}
		w.edit(joint.ID, func(i *Items) { i.Terms.Purpose = Text{Ja: "別の目的"} })
		w.freeze(joint.ID)
		if got := w.read(joint.ID); got.InForce().Number != 2 {
			t.Error("another purpose counts before it is published")
		}
	})
}
