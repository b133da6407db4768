package collect

import (
	"context"
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

type brokenOutbox struct{}

func (brokenOutbox) Forget(context.Context, *store.Tx, []int64, time.Time) error { return nil }

func (brokenOutbox) Put(context.Context, *store.Tx, []delivery.Item, time.Time) ([]int64, error) {
	return nil, errors.New("no room")
}

func TestOnePageSentTwiceIsOneRequest(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		live := w.publish("letter", w.spec(Newsletter, w.weekly))
		s := w.fill(live, "hana@example.jp", w.weekly)
		for range 3 {
			if _, err := w.Submit(w.ctx, live, s, w.now); err != nil {
				t.Fatal(err)
			}
		}
		if n := len(w.mails("hana@example.jp")); n != 1 || w.actions("hana@example.jp") != "requested" {
			t.Errorf("%d mails, log %s", n, w.actions("hana@example.jp"))
		}
	})
}

func TestNobodyIsFloodedByForms(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		live := w.publish("letter", w.spec(Newsletter, w.weekly))
		for i := range 20 {
			s := w.fill(live, "victim@example.jp", w.weekly)
			s.From.Network = netip.AddrFrom4([4]byte{198, 51, 100, byte(i)})
			a, err := w.Submit(w.ctx, live, s, w.now)
			if err != nil || a.Resend == "" {
				t.Fatalf("the %d. try is told apart: %v %+v", i, err, a)
			}
			if err := w.Resend(w.ctx, a.Resend, Visitor{Network: s.From.Network}, w.now); err != nil {
				t.Fatal(err)
			}
		}
		if n := len(w.mails("victim@example.jp")); n != mailsPerHour {
			t.Errorf("%d mails", n)
		}
	})
}

func TestWhoRefusedIsAskedOnceADay(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		live := w.publish("letter", w.spec(Newsletter, w.weekly))
		for name, c := range map[string]struct {
			no    consent.Event
			today int
		}{
			"everything": {consent.Event{Action: consent.ActionWithdrawn, Method: consent.MethodOneClick}, 1},
			"complaint":  {consent.Event{Action: consent.ActionComplained, Method: consent.MethodProvider}, 1},
			"one-topic":  {consent.Event{Action: consent.ActionWithdrawn, Method: consent.MethodOneClick, Topic: w.weekly.ID}, 2},
		} {
			no, address := c.no, name+"@example.jp"
			w.write(func(tx *store.Tx) error {
				a, _, err := w.People.EnsureAddress(w.ctx, tx, w.ws.ID, must(addr.ParseMail(address)), w.now)
				if err != nil {
					return err
				}
				no.Workspace, no.Address, no.OccurredAt = w.ws.ID, a.ID, w.now
				_, err = w.Consents.Append(w.ctx, tx, []*consent.Event{&no})
				return err
			})
			for range 2 {
				w.submit(live, address, w.weekly)
			}
			if n := len(w.mails(address)); n != c.today {
				t.Errorf("%s: %d mails on one day, want %d", name, n, c.today)
			}
		}
		w.now = w.now.Add(25 * time.Hour)
		w.submit(live, "everything@example.jp", w.weekly)
		if n := len(w.mails("everything@example.jp")); n != 2 {
			t.Errorf("%d mails on two days", n)
		}
	})
}

func TestOneNetworkIsSlowedDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	live := w.publish("letter", w.spec(Newsletter, w.weekly))
	var err error
	n := 0
	for ; err == nil && n < 100; n++ {
		s := w.fill(live, "a"+string(rune('a'+n%26))+string(rune('a'+n/26))+"@example.jp", w.weekly)
		_, err = w.Submit(w.ctx, live, s, w.now)
	}
	if !fault.Is(err, fault.Busy) || n != networkBurst+1 {
		t.Errorf("after %d: %v", n, err)
	}
}

func TestMachinesAreHeldOffAndTheScriptlessAreNot(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		live := w.publish("letter", w.spec(Newsletter, w.weekly))
		s := w.fill(live, "hana@example.jp", w.weekly)
		s.Proof = ""
		if _, err := w.Submit(w.ctx, live, s, w.now.Add(time.Second)); !fault.Is(err, fault.Invalid) {
			t.Errorf("faster than anybody reads: %v", err)
		}
		if _, err := w.Submit(w.ctx, live, s, w.now.Add(4*time.Second)); err != nil {
			t.Errorf("without script: %v", err)
		}
		trapped := w.fill(live, "bot@example.jp", w.weekly)
		trapped.Trap = "https://spam.example"
		if a, err := w.Submit(w.ctx, live, trapped, w.now); err != nil || a.Resend == "" {
			t.Errorf("a trapped machine notices: %v", err)
		} else if err := w.Resend(w.ctx, a.Resend, visitor(), w.now); err != nil {
			t.Errorf("its resend: %v", err)
		}
		if w.actions("bot@example.jp") != "" {
			t.Error("a trapped machine signed somebody up")
		}
		stale := w.fill(live, "late@example.jp", w.weekly)
		if _, err := w.Submit(w.ctx, live, stale, w.now.Add(pageLife+time.Minute)); !fault.Is(err, fault.Invalid) {
			t.Errorf("a page from the day before yesterday: %v", err)
		}
		other := w.publish("other", w.spec(Newsletter, w.events))
		crossed := w.fill(other, "x@example.jp", w.weekly)
		if _, err := w.Submit(w.ctx, live, crossed, w.now); !fault.Is(err, fault.Invalid) {
			t.Errorf("another form's page: %v", err)
		}
	})
}

func TestATypoIsAQuestion(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		live := w.publish("letter", w.spec(Newsletter, w.weekly))
		s := w.fill(live, "hana@gmial.com", w.weekly)
		a, err := w.Submit(w.ctx, live, s, w.now)
		if err != nil || a.Suggestion != "hana@gmail.com" || a.Resend != "" || len(must(w.Entries(w.ctx, w.DB, live.Form, 0, 0))) != 0 {
			t.Fatalf("%v %+v", err, a)
		}
		forced := s
		forced.Choice = "evil@example.com" // only what was proposed can be chosen
		if a, err = w.Submit(w.ctx, live, forced, w.now); err != nil || a.Address != "hana@gmial.com" {
			t.Errorf("%v %s", err, a.Address)
		}
		s = w.fill(live, "hana@gmial.com", w.weekly)
		s.Choice = "hana@gmail.com"
		if a, err = w.Submit(w.ctx, live, s, w.now); err != nil || a.Address != "hana@gmail.com" {
			t.Errorf("%v %s", err, a.Address)
		}
	})
}

func TestAMistypedAddressIsMended(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		live := w.publish("letter", w.spec(Newsletter, w.weekly))
		s := w.fill(live, "hanna@example.jp", w.weekly)
		s.Values.Set(FieldPrefix+"family_name", "森山")
		a := must(w.Submit(w.ctx, live, s, w.now))
		wrong := w.mails("hanna@example.jp")[0].token()
		must(w.Correct(w.ctx, a.Resend, "hana@example.jp", visitor(), w.now))
		b, err := w.Correct(w.ctx, a.Resend, "hana@example.jp", visitor(), w.now)
		if err != nil || b.Address != "hana@example.jp" || len(b.Ticked) != 1 {
			t.Fatalf("%v %+v", err, b)
		}
		if q, err := w.Confirm(w.ctx, wrong, visitor(), w.now.Add(time.Minute)); err != nil || q.State != RequestExpired {
			t.Errorf("the mistyped mailbox can confirm: %v %s", err, q.State)
		}
		mended := w.mails("hana@example.jp")
		q, err := w.Confirm(w.ctx, mended[0].token(), visitor(), w.now)
		if err != nil || q.State != RequestDone || len(mended) != 1 {
			t.Fatalf("%v %s, %d mails", err, q.State, len(mended))
		}
		c := must(w.People.Get(w.ctx, w.DB, w.ws.ID, w.state("hana@example.jp", w.weekly).Contact))
		if c.FamilyName != "森山" {
			t.Errorf("contact %+v", c)
		}
		if _, err := w.Correct(w.ctx, a.Resend, "no address", visitor(), w.now); !fault.Is(err, fault.Invalid) {
			t.Errorf("%v", err)
		}
	})
}

// An address that was changed is only asked for, even where a box needs no confirming
// (rule COL-09): whoever changed it may have mistyped it again.
func TestAChangedAddressWaitsForItsMailbox(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		spec := w.spec(Newsletter, w.weekly)
		spec.Offers[0].Mode = SingleOptIn
		live := w.publish("letter", spec)
		p := seen{form: live.Form, version: live.Version, lang: i18n.Ja}
		e := entry{mail: must(addr.ParseMail("hana@example.jp"))}
		if !w.single(p, e, spec.Offers[0], w.now) {
			t.Fatal("the first entry waits too")
		}
		p.corrected = true
		if w.single(p, e, spec.Offers[0], w.now) {
			t.Error("a changed address needs no confirming")
		}
	})
}

// A permission whose record could not prove it is not written down at all.
func TestARecordThatProvesNothingIsRefused(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		live := w.publish("letter", w.spec(Newsletter, w.weekly))
		must(w.Submit(w.ctx, live, w.fill(live, "hana@example.jp", w.weekly), w.now))
		must(w.Confirm(w.ctx, w.mails("hana@example.jp")[0].token(), visitor(), w.now))
		e := must(w.Consents.EventByID(w.ctx, w.DB, w.ws.ID, w.state("hana@example.jp", w.weekly).Event)).Event
		o := live.Version.Spec.Offers[0]
		if err := w.recordable(o, &e); err != nil {
			t.Fatalf("what was recorded: %v", err)
		}
		for name, change := range map[string]func(e *consent.Event){
			"REC-04": func(e *consent.Event) { e.Evidence.Confirmation = nil },
			"REC-01": func(e *consent.Event) { e.Evidence.Purposes = nil },
			"REC-02": func(e *consent.Event) { e.Evidence.Shown = "" },
		} {
			worse := e
			change(&worse)
			err := w.recordable(o, &worse)
			if !fault.Is(err, fault.Refused) || ruleTold(err) != name {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestAPlainFormElsewhereIsTakenAndAlwaysConfirmed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		spec := w.spec(Newsletter, w.weekly)
		spec.Offers[0].Mode = SingleOptIn
		live := w.publish("letter", spec)
		html, err := w.Snippet(live, i18n.En)
		version := store.Public(VersionPrefix, live.Version.ID)
		if err != nil || !strings.Contains(html, `action="https://k.example.jp/f/letter"`) || !strings.Contains(html, version) || strings.Contains(html, "script") {
			t.Fatalf("%v\n%s", err, html)
		}
		s := Submission{
			Values:  url.Values{InputEmail: {"hana@example.jp"}, InputTopic: {store.Public(TopicPrefix, w.weekly.ID)}},
			Version: version, Lang: i18n.En, From: visitor(),
		}
		a, err := w.Submit(w.ctx, live, s, w.now)
		if err != nil || !a.Double || a.Lang != i18n.En {
			t.Fatalf("%v %+v", err, a)
		}
		if got := w.actions("hana@example.jp"); got != "requested" {
			t.Errorf("log %s", got)
		}
		s.Version = "frv_0000000000000"
		if _, err := w.Submit(w.ctx, live, s, w.now); !fault.Is(err, fault.Invalid) {
			t.Errorf("unknown version: %v", err)
		}
	})
}

func TestMailsSayNoMoreThanTheyMust(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	live := w.publish("letter", w.spec(Newsletter, w.weekly))
	s := w.fill(live, "hana@example.jp", w.weekly)
	s.Values.Set(FieldPrefix+"family_name", "Win a prize at evil.example")
	must(w.Submit(w.ctx, live, s, w.now))
	m := w.mails("hana@example.jp")[0]
	for _, header := range []string{"List-Unsubscribe", "List-Id", "Feedback-ID"} {
		if strings.Contains(m.header, header) {
			t.Errorf("%s in a confirmation", header)
		}
	}
	if !strings.Contains(m.header, "Auto-Submitted: auto-generated") || !strings.Contains(m.header, "From: ") {
		t.Errorf("header\n%s", m.header)
	}
	for _, part := range []string{m.text, m.html} {
		if strings.Contains(part, "evil") || strings.Contains(part, "<img") || !strings.Contains(part, "株式会社森の本屋") {
			t.Errorf("text\n%s", part)
		}
	}
}

func TestEverythingWrongIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	spec := Spec{Preset: Newsletter, Offers: []Offer{{Topic: 1}}, Fields: []Field{
		{Name: "name", Kind: TextField, Required: true},
		{Name: "kana", Kind: KanaField},
		{Name: "tel", Kind: TelField},
		{Name: "pick", Kind: SelectField, Choices: []Choice{{Value: "a"}}},
		{Name: "note", Kind: LongField},
		{Name: "box", Kind: CheckField},
		{Name: "land", Kind: TextField, Maps: "country"},
		{Name: "big", Kind: TextField},
	}}
	_, err := spec.read(url.Values{
		"email": {"no"}, "f.name": {"a\r\nBcc: x@example.com"}, "f.kana": {"山田"}, "f.tel": {"12"}, "f.pick": {"b"},
		"f.note": {"ok\r\nfine"}, "f.box": {"on"}, "f.land": {"Japan"}, "f.big": {strings.Repeat("x", 10<<20)}, "topic": {"tpc_x"},
	})
	got := map[string]string{}
	for _, f := range fieldsOf(err) {
		got[f.Name] = f.Key
	}
	want := map[string]string{
		"email": "addr.mail.at", "f.name": "collect.text.control", "f.kana": "collect.entry.kana", "f.tel": "addr.phone.country",
		"f.pick": "collect.entry.choice", "f.box": "collect.entry.choice", "f.land": "contact.country.form", "f.big": "collect.text.long",
		"topic": "collect.entry.topic",
	}
	for name, key := range want {
		if got[name] != key {
			t.Errorf("%s: %q, want %q", name, got[name], key)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %v", got)
	}
	e, err := Spec{Preset: Event, Fields: spec.Fields}.read(url.Values{
		"email": {" hana@example.jp "}, "f.name": {" Ｙａｍａｄａ "}, "f.kana": {"やまだ　たろう"}, "f.note": {"a\r\nb"}, "f.box": {"yes"}, "f.land": {"jp"},
	})
	if err != nil || e.values["name"] != "Yamada" || e.values["kana"] != "ヤマダ タロウ" || e.values["note"] != "a\nb" || e.values["land"] != "JP" || e.values["box"] != "yes" {
		t.Errorf("%v %v", err, e.values)
	}
}

func FuzzEntry(f *testing.F) {
	f.Add("hana@example.jp", "森\r\nBcc: a@b", "ヤマダ", "090-1234-5678", "tpc_x")
	f.Add("\"a b\"@example.jp", "\x00", "\u202e", "+81\xff", "")
	f.Add("", "", "", "", "")
	spec := Spec{Preset: Event, Offers: []Offer{{Topic: 7}}, Fields: []Field{
		{Name: "name", Kind: TextField, Maps: "family_name"},
		{Name: "kana", Kind: KanaField, Maps: "family_kana"},
		{Name: "tel", Kind: TelField},
		{Name: "note", Kind: LongField},
		{Name: "land", Kind: TextField, Maps: "country"},
	}}
	f.Fuzz(func(t *testing.T, mail, name, kana, tel, topic string) {
		e, err := spec.read(url.Values{"email": {mail}, "f.name": {name}, "f.kana": {kana}, "f.tel": {tel}, "f.note": {tel + name}, "f.land": {name}, "topic": {topic}})
		if err != nil {
			if !fault.Is(err, fault.Invalid) || len(fieldsOf(err)) == 0 {
				t.Fatalf("an error that cannot be mended: %v", err)
			}
			return
		}
		for field, value := range e.values {
			for _, r := range value {
				if r < ' ' && !(field == "note" && (r == '\n' || r == '\t')) || r == 0x7f {
					t.Fatalf("%s holds %q", field, value)
				}
			}
		}
		if e.mail.IsZero() || len(spec.person(1, e.values, i18n.Ja).FamilyName) > 4*maxLine {
			t.Fatal("no address, or too long a name")
		}
		if len(e.ticked) > 0 && topic != store.Public(TopicPrefix, 7) {
			t.Fatalf("%q ticked a box", topic)
		}
	})
}

// ruleTold is the rule that an error names.
func ruleTold(err error) string {
	if e, ok := errors.AsType[*fault.Error](err); ok && len(e.Args) > 1 {
		rule, _ := e.Args[1].(string)
		return rule
	}
	return ""
}
