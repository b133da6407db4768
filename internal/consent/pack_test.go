package consent

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// lived is a person with a history: shown a form, confirmed, mailed, refused.
func lived(w *world) (person int64) {
	w.Helper()
	person = w.contact()
	a := w.addresses(1, person)[0]
	w.fill(3)
	var topic Topic
	var e *Event
	w.write(func(tx *store.Tx) (err error) {
		ctx := w.Context()
		if topic, err = w.log.CreateTopic(ctx, tx, aTopic(w, tx), start); err != nil {
			return err
		}
		text, err := w.log.AddWording(ctx, tx, Wording{Workspace: w.ws, Kind: WordingConsent, Key: "news", TextJa: "お知らせメールを受け取ります。", TextEn: "Send me news."}, start)
		if err != nil {
			return err
		}
		shown, err := w.log.KeepShown(ctx, tx, Shown{Workspace: w.ws, Kind: "form", Lang: i18n.Ja, Body: "<!doctype html><p>お知らせを受け取る"}, start)
		if err != nil {
			return err
		}
		e = w.event(ActionConfirmed, MethodPage, a, topic.ID)
		e.Evidence = Evidence{
			Address: "Reader@example.jp", Network: "203.0.113.0/24", Page: "https://example.jp/<b>", Shown: shown, Lang: "ja",
			Wordings: []TextRef{text.Ref(i18n.Ja)}, Boxes: map[string]bool{"お知らせ": true, "広告": false},
			Confirmation: &Confirmation{Message: 5, SentAt: start, PressedAt: start.Add(time.Minute)},
		}
		_, err = w.log.Append(ctx, tx, []*Event{e})
		return err
	})
	w.sequence()
	w.fill(300)
	w.sequence()
	w.append(w.event(ActionWithdrawn, MethodOneClick, a, topic.ID))
	return person
}

func aTopic(w *world, tx *store.Tx) Topic {
	w.Helper()
	id, err := tx.NewID(w.Context())
	if err == nil {
		_, err = tx.Exec(w.Context(), `INSERT INTO sender_profile (id, workspace_id, name, legal_name, postal_address, from_name, from_address, created_at, updated_at)
			VALUES (?, ?, 'カフェ', '株式会社カフェ', '東京', 'カフェ', 'news@example.jp', 1, 1)`, id, w.ws)
	}
	if err != nil {
		w.Fatal(err)
	}
	return Topic{
		Workspace: w.ws, Key: "news", NameJa: "お知らせ", NameEn: "News", ContentJa: "新商品と催しのご案内", ContentEn: "Products and events",
		Promise: Frequency{Count: 1, Period: Week}, DoubleOptIn: true, Public: true, Profile: id,
	}
}

func (w *world) pack(person int64, lang i18n.Lang) []byte {
	w.Helper()
	var out bytes.Buffer
	err := w.log.ExportPack(w.Context(), &out, PackRequest{
		Workspace: w.ws, Contact: person, Lang: lang, Now: start.Add(time.Hour),
		Messages: func(yield func(SentMessage, error) bool) {
			yield(SentMessage{ID: 9, Event: 1, Class: "ad", Subject: "秋の<新商品>", PlannedAt: start, FinishedAt: start, Outcome: "delivered"}, nil)
		},
	})
	if err != nil {
		w.Fatal(err)
	}
	return out.Bytes()
}

func verifyPack(t testing.TB, pack []byte, key string) *Report {
	t.Helper()
	rep, err := VerifyPack(bytes.NewReader(pack), int64(len(pack)), key)
	if err != nil {
		t.Fatal(err)
	}
	return &rep
}

func TestAPackProvesAPersonsHistory(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		person := lived(w)
		pack := w.pack(person, i18n.Ja)
		head, err := w.log.Head(t.Context(), db, w.ws)
		if err != nil {
			t.Fatal(err)
		}
		rep := verifyPack(t, pack, head.VerifierKey)
		if !rep.OK() || !rep.Trusted || rep.Events != 2 || rep.Messages != 1 || rep.Size != 305 || rep.Principal != store.Public("con", person) {
			t.Fatalf("%+v", rep)
		}
		for _, want := range []string{"お知らせメールを受け取ります。", "203.0.113.0/24", "https://example.jp/&lt;b&gt;", "株式会社カフェ", "秋の&lt;新商品&gt;", "2026年11月21日(土) 14:00", "撤回済み"} {
			if !bytes.Contains(pack, []byte(want)) {
				t.Errorf("the page does not say %q", want)
			}
		}
		if bytes.Contains(pack, []byte("consent.")) {
			at := bytes.Index(pack, []byte("consent."))
			t.Errorf("a text is missing: %q", pack[at:at+40])
		}
		if !bytes.Equal(pack, w.pack(person, i18n.Ja)) {
			t.Error("the same contents made another pack")
		}
		stranger := newWorld(t, storetest.SQLite(t))
		stranger.fill(1)
		stranger.sequence()
		other, err := stranger.log.Head(t.Context(), stranger.db, stranger.ws)
		if err != nil {
			t.Fatal(err)
		}
		if rep := verifyPack(t, pack, other.VerifierKey); rep.OK() || rep.Trusted {
			t.Error("a pack was accepted under another key")
		}
		if rep := verifyPack(t, pack, ""); !rep.OK() || rep.Trusted {
			t.Errorf("without a key: %+v", rep)
		}
	})
}

func TestAPackAfterErasure(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		person := lived(w)
		w.write(func(tx *store.Tx) error {
			return w.log.Erased(t.Context(), tx, contact.Contact{ID: person, Workspace: w.ws}, start)
		})
		pack := w.pack(person, i18n.En)
		rep := verifyPack(t, pack, "")
		if !rep.OK() || rep.Erased != 2 || rep.Events != 3 {
			t.Errorf("%+v", rep)
		}
		if bytes.Contains(pack, []byte("Reader@example.jp")) || !bytes.Contains(pack, []byte("destroyed")) {
			t.Error("the pack still knows the person")
		}
		err := w.log.ExportPack(t.Context(), &bytes.Buffer{}, PackRequest{Workspace: w.ws, Contact: 1, Now: start})
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("a pack about nobody: %v", err)
		}
	})
}

// TestEveryChangedByteIsNamed flips bytes all over a pack.
func TestEveryChangedByteIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	pack := w.pack(lived(w), i18n.Ja)
	head, err := w.log.Head(t.Context(), w.db, w.ws)
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for i := 0; i < len(pack); i += 61 {
		for _, bit := range []byte{0x01, 0x20, 0xff} {
			spoiled := bytes.Clone(pack)
			spoiled[i] ^= bit
			rep := verifyPack(t, spoiled, head.VerifierKey)
			if rep.OK() || len(rep.Findings) == 0 {
				t.Fatalf("byte %d ^ %#x of %d was not found", i, bit, len(pack))
			}
			if rep.Findings[0].File != "" {
				named++
			}
			for _, f := range rep.Findings {
				if f.Check == "" || (f.File == "" && f.Detail == "") {
					t.Fatalf("byte %d: a finding without a name: %+v", i, f)
				}
			}
		}
	}
	if named == 0 {
		t.Error("no file was ever named")
	}
	for _, cut := range []int{0, 1, 21, len(pack) / 2, len(pack) - 1} {
		if verifyPack(t, pack[:cut], "").OK() {
			t.Errorf("a pack of %d bytes was accepted", cut)
		}
	}
	if verifyPack(t, append(bytes.Clone(pack), 0), "").OK() || verifyPack(t, append([]byte("x"), pack...), "").OK() {
		t.Error("a pack with something before or behind was accepted")
	}
}

func TestAChangedValueIsNamedWithItsEvent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	pack := w.pack(lived(w), i18n.Ja)
	spoiled := bytes.Replace(pack, []byte(`"network": "203.0.113.0/24"`), []byte(`"network": "203.0.113.0/25"`), 1)
	if bytes.Equal(pack, spoiled) {
		t.Fatal("nothing was spoiled")
	}
	rep := verifyPack(t, spoiled, "")
	found := map[string]bool{}
	for _, f := range rep.Findings {
		found[string(f.Check)+" "+f.File+" "+f.Field] = true
		if strings.HasPrefix(f.Field, "/events/0") && !strings.HasPrefix(f.Event, "evt_") {
			t.Errorf("%+v names no event", f)
		}
	}
	for _, want := range []string{"archive evidence.json ", "files evidence.json /events/0/event/evidence/network", "events evidence.json /events/0/event"} {
		if !found[want] {
			t.Errorf("%q is missing in %v", want, found)
		}
	}
}

// TestAPackThatLeavesSomethingOutDoesNotVerify: what an event names belongs into the
// pack of its person.
func TestAPackThatLeavesSomethingOutDoesNotVerify(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		other := w.addresses(1, w.contact())[0]
		stranger := w.event(ActionGranted, MethodForm, other, 7)
		w.append(stranger)
		hash := strings.Repeat("ab", 32)
		for field, spoil := range map[string]func(e *Event){
			"evidence/shown":              func(e *Event) { e.Evidence.Shown = hash },
			"evidence/confirmation/shown": func(e *Event) { e.Evidence.Confirmation = &Confirmation{PressedAt: start, Shown: hash} },
			"evidence/wordings":           func(e *Event) { e.Evidence.Wordings = []TextRef{{Key: "gone", Version: 1, Hash: hash}} },
			"refers_to":                   func(e *Event) { e.RefersTo = stranger.ID },
		} {
			person := w.contact()
			e := w.event(ActionGranted, MethodForm, w.addresses(1, person)[0], 7)
			spoil(e)
			w.append(e)
			rep := verifyPack(t, w.pack(person, i18n.En), "")
			if rep.OK() || len(rep.Findings) != 1 || rep.Findings[0].Field != "/events/0/event/"+field {
				t.Errorf("%s: %+v", field, rep.Findings)
			}
		}
	})
}

// FuzzVerifyPack holds that nothing but the pack itself passes for it.
func FuzzVerifyPack(f *testing.F) {
	w := newWorld(f, storetest.SQLite(f))
	pack := w.pack(lived(w), i18n.En)
	head, err := w.log.Head(f.Context(), w.db, w.ws)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(pack)
	f.Add(pack[:len(pack)/2])
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		if rep := verifyPack(t, data, head.VerifierKey); rep.OK() != bytes.Equal(data, pack) {
			t.Errorf("%d bytes: %+v", len(data), rep)
		}
		verifyPack(t, data, "")
	})
}

func TestEveryTermHasATextInBothLanguages(t *testing.T) {
	t.Parallel()
	c, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string][]string{
		"action": {"requested", "granted", "confirmed", "reconfirmed", "refused", "withdrawn", "disowned", "complained", "erased", "paused", "resumed", "frequency_changed", "expired", "merged"},
		"method": {"form", "page", "preference_centre", "reply", "one_click", "import", "operator", "api", "provider", "timer", "merge", "erasure"},
		"basis":  {"B1", "B2", "B3", "B4"}, "grade": {"A", "B", "C", "D"}, "per": {"day", "week", "month", "year"},
		"status": {"requested", "given", "refused", "withdrawn", "expired"}, "stop": {"refusal", "complaint", "bounce", "manual"},
		"check":  {"archive", "key", "manifest", "files", "checkpoint", "events", "inclusion", "consistency", "texts"},
		"damage": {"event", "leaf", "missing", "unlogged", "tree", "checkpoint"},
	}
	for _, lang := range i18n.Langs() {
		for kind, terms := range keys {
			for _, term := range terms {
				if key := "consent." + kind + "." + term; !c.For(lang).Has(key) {
					t.Errorf("%s has no %s", lang, key)
				}
			}
		}
	}
}
