package collect

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

func TestDoubleOptInFromFormToPermission(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		live := w.publish("letter", w.spec(Newsletter, w.weekly, w.events))
		a := w.submit(live, "hana@example.jp", w.weekly)
		if !a.Double || len(a.Ticked) != 1 || a.Resend == "" {
			t.Errorf("answer %+v", a)
		}
		if s := w.state("hana@example.jp", w.weekly); s.Status != consent.StatusRequested || s.Contact != 0 {
			t.Errorf("after the form: %+v", s)
		}
		if s := w.state("hana@example.jp", w.events); s.Status != "" {
			t.Errorf("an unticked box became %s", s.Status)
		}
		m := w.mails("hana@example.jp")
		if len(m) != 1 || m[0].token() == "" {
			t.Fatalf("mails %+v", m)
		}
		for range 3 { // opening the link, however often, changes nothing
			q, err := w.Request(w.ctx, w.DB, m[0].token(), w.now)
			if err != nil || q.State != RequestOpen || !strings.Contains(string(q.Body), "株式会社森の本屋") {
				t.Fatalf("%v %s", err, q.State)
			}
		}
		if got := w.actions("hana@example.jp"); got != "requested" {
			t.Errorf("after opening: %s", got)
		}
		w.now = w.now.Add(time.Hour)
		for range 2 { // a scanner that posts twice is one confirmation
			q, err := w.Confirm(w.ctx, m[0].token(), visitor(), w.now)
			if err != nil || q.State != RequestDone || q.Preferences == "" || q.Download != "" {
				t.Fatalf("%v %+v", err, q)
			}
		}
		s := w.state("hana@example.jp", w.weekly)
		if s.Status != consent.StatusGiven || s.Grade != consent.GradeA || s.Contact == 0 || s.Basis != consent.BasisConsent {
			t.Errorf("after the button: %+v", s)
		}
		if got := w.actions("hana@example.jp"); got != "requested confirmed" {
			t.Errorf("log: %s", got)
		}
		w.checkEvidence()
		days, err := w.Days(w.ctx, w.DB, live.Form, "")
		if err != nil || len(days) != 1 || days[0] != (Day{"2026-11-21", 0, 1, 1}) {
			t.Errorf("days %+v %v", days, err)
		}
		if err := w.Flush(w.ctx); err != nil {
			t.Fatal(err)
		}
		if days, _ = w.Days(w.ctx, w.DB, live.Form, ""); days[0].Shown != 1 {
			t.Errorf("shown %+v", days)
		}
	})
}

// checkEvidence reads what the confirmation of the first story left behind.
func (w *world) checkEvidence() {
	w.Helper()
	log := w.history("hana@example.jp")
	e := log[1]
	v := e.Evidence
	if e.RefersTo != log[0].ID || v.Confirmation == nil || v.Confirmation.Message == 0 || !v.Confirmation.PressedAt.Equal(w.now) {
		w.Errorf("confirmation %+v", v.Confirmation)
	}
	if v.Network != "203.0.113.0/24" || v.UserAgent != "Test/1" || v.Address != "hana@example.jp" || v.Frequency != "週に1通まで" {
		w.Errorf("evidence %+v", v)
	}
	if len(v.Boxes) != 2 || !v.Boxes[store.Public(TopicPrefix, w.weekly.ID)] || v.Boxes[store.Public(TopicPrefix, w.events.ID)] {
		w.Errorf("boxes %+v", v.Boxes)
	}
	if len(v.Wordings) != 1 || v.Wordings[0].Version != 1 || len(v.Wordings[0].Hash) != 64 || len(v.Purposes) != 1 {
		w.Errorf("texts %+v %+v", v.Wordings, v.Purposes)
	}
	form, err := w.Consents.ShownByHash(w.ctx, w.DB, w.ws.ID, v.Shown)
	if err != nil || form.Kind != "form" || !strings.Contains(form.Body, "株式会社森の本屋からの案内メールを受け取ります。") ||
		strings.Contains(form.Body, "checked") || strings.Contains(form.Body, "hana") {
		w.Errorf("shown form: %v\n%s", err, form.Body)
	}
	page, err := w.Consents.ShownByHash(w.ctx, w.DB, w.ws.ID, v.Confirmation.Shown)
	if err != nil || page.Kind != "confirmation" || strings.Contains(page.Body, "hana") {
		w.Errorf("shown page: %v\n%s", err, page.Body)
	}
}

func TestForgedForeignAndWrongTokensAreRefused(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		live := w.publish("letter", w.spec(Newsletter, w.weekly))
		a := w.submit(live, "hana@example.jp", w.weekly)
		good := w.mails("hana@example.jp")[0].token()
		tok := must(w.Ring.Verify(good, keyring.Confirm, w.now, 0))
		foreign, stranger := tok, tok
		foreign.Workspace++
		stranger.Address++
		for name, text := range map[string]string{
			"altered": good[:8] + "x" + good[9:], "empty": "", "resend token": a.Resend,
			"form token": w.PageToken(live, i18n.Ja, w.now), "other workspace": w.Ring.Sign(foreign), "other address": w.Ring.Sign(stranger),
		} {
			if _, err := w.Confirm(w.ctx, text, visitor(), w.now); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s confirms: %v", name, err)
			}
			if _, err := w.Disown(w.ctx, text, visitor(), w.now); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s disowns: %v", name, err)
			}
		}
		if got := w.actions("hana@example.jp"); got != "requested" {
			t.Errorf("log: %s", got)
		}
	})
}

func TestManyPressesAtOnceAreOneConfirmation(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		live := w.publish("letter", w.spec(Newsletter, w.weekly))
		w.submit(live, "hana@example.jp", w.weekly)
		token := w.mails("hana@example.jp")[0].token()
		var presses sync.WaitGroup
		for range 8 {
			presses.Go(func() {
				if q, err := w.Confirm(w.ctx, token, visitor(), start); err != nil || q.State != RequestDone {
					t.Errorf("%v %s", err, q.State)
				}
			})
		}
		presses.Wait()
		if got := w.actions("hana@example.jp"); got != "requested confirmed" {
			t.Errorf("log: %s", got)
		}
	})
}

func TestALateConfirmationAsksForANewMail(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		live := w.publish("letter", w.spec(Newsletter, w.weekly))
		w.submit(live, "hana@example.jp", w.weekly)
		old := w.mails("hana@example.jp")[0].token()
		w.now = w.now.Add(72*time.Hour + time.Minute)
		q, err := w.Confirm(w.ctx, old, visitor(), w.now)
		if err != nil || q.State != RequestExpired {
			t.Fatalf("%v %s", err, q.State)
		}
		if s := w.state("hana@example.jp", w.weekly); s.Status != consent.StatusRequested {
			t.Errorf("state %s", s.Status)
		}
		if err := w.ResendExpired(w.ctx, old, w.now); err != nil {
			t.Fatal(err)
		}
		mails := w.mails("hana@example.jp")
		if q, err = w.Confirm(w.ctx, old, visitor(), w.now); err != nil || q.State != RequestExpired {
			t.Errorf("the old link works again: %v %s", err, q.State)
		}
		if q, err = w.Confirm(w.ctx, mails[1].token(), visitor(), w.now); err != nil || q.State != RequestDone {
			t.Errorf("the new link: %v %s", err, q.State)
		}
	})
}

func TestUnconfirmedRequestsLapse(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		live := w.publish("letter", w.spec(Newsletter, w.weekly))
		event := w.publish("event", w.spec(Event, w.weekly))
		w.submit(live, "lost@example.jp", w.weekly)
		token := w.mails("lost@example.jp")[0].token()
		w.submit(live, "kept@example.jp", w.weekly)
		kept := w.mails("kept@example.jp")[0].token()
		w.now = w.now.Add(time.Hour)
		w.submit(live, "kept@example.jp", w.weekly)
		w.submit(event, "guest@example.jp", w.weekly)
		if _, err := w.Confirm(w.ctx, kept, visitor(), w.now); err != nil {
			t.Fatal(err)
		}
		w.now = w.now.Add(11 * 24 * time.Hour)
		if n, err := w.Lapse(w.ctx, w.now); err != nil || n != 3 {
			t.Fatalf("%d lapsed, %v", n, err)
		}
		if n, err := w.Lapse(w.ctx, w.now); err != nil || n != 0 {
			t.Errorf("again %d, %v", n, err)
		}
		if got := w.actions("lost@example.jp"); got != "requested expired" {
			t.Errorf("lost: %s", got)
		}
		if s := w.state("kept@example.jp", w.weekly); s.Status != consent.StatusGiven {
			t.Errorf("a permission ended with an older request: %s", s.Status)
		}
		for _, f := range []struct {
			form Form
			want int
		}{{live.Form, 0}, {event.Form, 2}} {
			entry := must(w.Entries(w.ctx, w.DB, f.form, 0, 0))[0]
			if len(entry.Entry) != f.want || entry.around.Typed != "" {
				t.Errorf("%s keeps %v %+v", f.form.Slug, entry.Entry, entry.around)
			}
		}
		if q, err := w.Confirm(w.ctx, token, visitor(), w.now); err != nil || q.State != RequestLapsed {
			t.Errorf("%v %s", err, q.State)
		}
	})
}

// TestALapsedRequestLeavesNoAddress holds what stays of it: events that cannot be
// opened any more and a hash by which the address is found when it comes back.
func TestALapsedRequestLeavesNoAddress(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		live := w.publish("letter", w.spec(Newsletter, w.weekly))
		event := w.publish("event", w.spec(Event, w.weekly))
		w.submit(live, "lost@example.jp", w.weekly)
		w.submit(live, "other@example.jp", w.weekly)
		if _, err := w.Disown(w.ctx, w.mails("other@example.jp")[0].token(), visitor(), w.now); err != nil {
			t.Fatal(err)
		}
		w.submit(live, "kept@example.jp", w.weekly)
		if _, err := w.Confirm(w.ctx, w.mails("kept@example.jp")[0].token(), visitor(), w.now); err != nil {
			t.Fatal(err)
		}
		w.submit(event, "guest@example.jp", w.weekly)
		w.submit(live, "waits@example.jp", w.weekly)
		w.write(func(tx *store.Tx) error {
			_, err := tx.Exec(w.ctx, `UPDATE outbox SET state = 3, outcome = 'delivered' WHERE address_id NOT IN (SELECT id FROM address WHERE canonical = 'waits@example.jp')`)
			return err
		})
		w.now = w.now.Add(9 * 24 * time.Hour)
		w.submit(live, "guest@example.jp", w.weekly) // waits anew
		w.submit(live, "lost2@example.jp", w.weekly)
		w.now = w.now.Add(2 * 24 * time.Hour)
		if n, err := w.Lapse(w.ctx, w.now); err != nil || n != 4 {
			t.Fatalf("%d lapsed, %v", n, err)
		}
		for mail, cleared := range map[string]bool{
			"lost@example.jp": true, "other@example.jp": true, "kept@example.jp": false, "guest@example.jp": false, "lost2@example.jp": false,
			"waits@example.jp": false, // its mail is still on its way
		} {
			a := must(w.People.AddressByHash(w.ctx, w.DB, w.ws.ID, w.People.Hash(w.ws.ID, must(addr.ParseMail(mail)))))
			if gone := a.Canonical == "" && a.Shown == "" && a.Domain == "" && !a.ErasedAt.IsZero(); gone != cleared {
				t.Errorf("%s: %+v", mail, a)
			}
			var evidence, domains int
			err := w.DB.QueryRow(w.ctx, `SELECT (SELECT COUNT(*) FROM consent_evidence v JOIN consent_event e ON e.id = v.event_id WHERE e.address_id = ?),
				(SELECT COUNT(*) FROM outbox WHERE address_id = ? AND domain <> '')`, a.ID, a.ID).Scan(&evidence, &domains)
			if err != nil || (evidence == 0) != cleared || cleared && domains != 0 {
				t.Errorf("%s keeps %d evidence and %d domains, %v", mail, evidence, domains, err)
			}
		}
		if got := w.actions("lost@example.jp"); got != "requested expired" {
			t.Errorf("lost: %s", got)
		}
		// It comes back by the person's own act, whole.
		w.write(func(tx *store.Tx) error {
			_, err := tx.Exec(w.ctx, `DELETE FROM outbox WHERE payload = ''`)
			return err
		})
		w.submit(live, "lost@example.jp", w.weekly)
		list := w.mails("lost@example.jp")
		if _, err := w.Confirm(w.ctx, list[len(list)-1].token(), visitor(), w.now); err != nil {
			t.Fatal(err)
		}
		if s := w.state("lost@example.jp", w.weekly); s.Status != consent.StatusGiven {
			t.Errorf("lost is %s", s.Status)
		}
	})
}

func TestThisWasNotMe(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		live := w.publish("letter", w.spec(Newsletter, w.weekly, w.events))
		w.submit(live, "hana@example.jp", w.weekly)
		token := w.mails("hana@example.jp")[0].token()
		if _, err := w.Confirm(w.ctx, token, visitor(), w.now); err != nil {
			t.Fatal(err)
		}
		// Somebody else types the address again, for what stands and for more.
		w.now = w.now.Add(time.Hour)
		w.submit(live, "hana@example.jp", w.weekly, w.events)
		second := w.mails("hana@example.jp")[1].token()
		for range 2 {
			if q, err := w.Disown(w.ctx, second, visitor(), w.now); err != nil || q.State != RequestDisowned {
				t.Fatalf("%v %s", err, q.State)
			}
		}
		if got := w.actions("hana@example.jp"); got != "requested confirmed requested disowned" {
			t.Errorf("log: %s", got)
		}
		if s := w.state("hana@example.jp", w.events); s.Status != consent.StatusRefused {
			t.Errorf("disowned topic: %s", s.Status)
		}
		if s := w.state("hana@example.jp", w.weekly); s.Status != consent.StatusGiven {
			t.Errorf("the earlier permission: %s", s.Status)
		}
		if q, err := w.Confirm(w.ctx, second, visitor(), w.now); err != nil || q.State != RequestDisowned {
			t.Errorf("a disowned request was confirmed: %v %s", err, q.State)
		}
		if m := w.mails("hana@example.jp")[1]; !strings.HasPrefix(m.header, "error: ") {
			t.Error("a mail about a disowned request is still written")
		}
		if e := must(w.Entries(w.ctx, w.DB, live.Form, 0, 1))[0]; len(e.Entry) != 0 || e.around.Typed != "" {
			t.Errorf("what was typed stays: %+v", e)
		}
	})
}

func TestTheAnswerDoesNotTellWhoIsKnown(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		live := w.publish("letter", w.spec(Newsletter, w.weekly))
		w.submit(live, "known@example.jp", w.weekly)
		if _, err := w.Confirm(w.ctx, w.mails("known@example.jp")[0].token(), visitor(), w.now); err != nil {
			t.Fatal(err)
		}
		w.now = w.now.Add(2 * time.Hour)
		known, unknown := w.submit(live, "known@example.jp", w.weekly), w.submit(live, "other@example.jp", w.weekly)
		if known.Double != unknown.Double || len(known.Ticked) != len(unknown.Ticked) || len(known.Resend) != len(unknown.Resend) || known.Redirect != unknown.Redirect {
			t.Errorf("known %+v\nunknown %+v", known, unknown)
		}
		m := w.mails("known@example.jp")
		if len(m) != 2 || m[1].link("/preferences/") == "" || !strings.Contains(m[1].text, "すでに") {
			t.Fatalf("the known one got %+v", m[len(m)-1])
		}
		q, err := w.Confirm(w.ctx, m[1].token(), visitor(), w.now)
		if err != nil || q.State != RequestEntry {
			t.Errorf("%v %s", err, q.State)
		}
		if got := w.actions("known@example.jp"); got != "requested confirmed" {
			t.Errorf("log: %s", got)
		}
	})
}

func TestEnteringNeedsNoConsent(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		for _, p := range []Preset{WhitePaper, Event, Prize} {
			slug := strings.ReplaceAll(string(p), "_", "-")
			live := w.publish(slug, w.spec(p, w.weekly))
			address := slug + "@example.jp"
			a := w.submit(live, address)
			if a.Double || len(a.Ticked) != 0 {
				t.Errorf("%s: %+v", p, a)
			}
			m := w.mails(address)
			if len(m) != 1 || (m[0].link("/confirm/") == "") || w.actions(address) != "" {
				t.Fatalf("%s: %+v, log %q", p, m, w.actions(address))
			}
			if strings.Contains(m[0].text, "確認ページを開く") || strings.Contains(m[0].text, "配信設定") {
				t.Errorf("%s: the receipt asks for something:\n%s", p, m[0].text)
			}
			if s := w.state(address, w.weekly); s.Status != "" {
				t.Errorf("%s: %s", p, s.Status)
			}
			if e := must(w.Entries(w.ctx, w.DB, live.Form, 0, 0)); len(e) != 1 || e[0].Entry["family_name"] != "森" {
				t.Errorf("%s: entries %+v", p, e)
			}
		}
		paper := w.mails("white-paper@example.jp")[0]
		h, err := w.Handout(w.ctx, w.DB, paper.token(), w.now)
		if err != nil || h.URL != "https://mori.example.jp/paper.pdf" {
			t.Errorf("document: %v %+v", err, h)
		}
		// Without topics the newsletter makes no sense.
		letter := w.publish("letter", w.spec(Newsletter, w.weekly))
		if _, err := w.Submit(w.ctx, letter, w.fill(letter, "x@example.jp"), w.now); len(fieldsOf(err)) != 1 {
			t.Errorf("%v", err)
		}
	})
}

func TestADocumentComesWithoutWaitingForConsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	live := w.publish("paper", w.spec(WhitePaper, w.weekly))
	w.submit(live, "hana@example.jp", w.weekly)
	m := w.mails("hana@example.jp")[0]
	if !strings.Contains(m.text, "/file") || !strings.Contains(m.text, "確認ページを開く") {
		t.Errorf("document and request belong in one mail:\n%s", m.text)
	}
}

func TestSingleOptInIsOnlyForThoseWhoNeverSaidNo(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		s := w.spec(Newsletter, w.weekly)
		s.Offers[0].Mode = SingleOptIn
		live := w.publish("letter", s)
		fresh := w.submit(live, "new@example.jp", w.weekly)
		if st := w.state("new@example.jp", w.weekly); st.Status != consent.StatusGiven || st.Grade != consent.GradeB || st.Contact == 0 {
			t.Errorf("single: %+v", st)
		}
		// A refusal, then somebody types the address.
		a := must(w.People.AddressByHash(w.ctx, w.DB, w.ws.ID, w.People.Hash(w.ws.ID, must(addr.ParseMail("new@example.jp")))))
		w.write(func(tx *store.Tx) error {
			_, err := w.Consents.Append(w.ctx, tx, []*consent.Event{{
				Workspace: w.ws.ID, Address: a.ID, Action: consent.ActionWithdrawn, Method: consent.MethodOneClick, OccurredAt: w.now,
			}})
			return err
		})
		w.now = w.now.Add(25 * time.Hour)
		again := w.submit(live, "new@example.jp", w.weekly)
		if st := w.state("new@example.jp", w.weekly); st.Status != consent.StatusWithdrawn {
			t.Errorf("a typed address lifted a refusal: %+v", st)
		}
		if fresh.Double != again.Double || len(fresh.Ticked) != len(again.Ticked) {
			t.Error("the answer tells about the refusal")
		}
		m := w.mails("new@example.jp")
		if _, err := w.Confirm(w.ctx, m[len(m)-1].token(), visitor(), w.now); err != nil {
			t.Fatal(err)
		}
		if st := w.state("new@example.jp", w.weekly); st.Status != consent.StatusGiven || st.Grade != consent.GradeA {
			t.Errorf("the mailbox's own yes: %+v", st)
		}
	})
}

func TestNothingIsHalfWritten(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		live := w.publish("letter", w.spec(Newsletter, w.weekly))
		good := w.Outbox
		w.Outbox = brokenOutbox{}
		if _, err := w.Submit(w.ctx, live, w.fill(live, "hana@example.jp", w.weekly), w.now); err == nil {
			t.Fatal("a request without its mail was taken")
		}
		if w.actions("hana@example.jp") != "" || len(must(w.Entries(w.ctx, w.DB, live.Form, 0, 0))) != 0 {
			t.Error("half a request stays")
		}
		w.Outbox = good
		w.submit(live, "hana@example.jp", w.weekly)
		token := w.mails("hana@example.jp")[0].token()
		// The machine stops between the press and the write: nothing is confirmed, and
		// the same link works afterwards.
		q := must(w.Request(w.ctx, w.DB, token, w.now))
		err := w.DB.Write(w.ctx, func(tx *store.Tx) error {
			if _, err := tx.Exec(w.ctx, sqlConfirm, store.Micros(w.now), q.Signup.ID); err != nil {
				return err
			}
			if err := w.confirm(w.ctx, tx, q, visitor(), w.now); err != nil {
				return err
			}
			return errErased
		})
		if err == nil || w.actions("hana@example.jp") != "requested" {
			t.Fatalf("%v, log %s", err, w.actions("hana@example.jp"))
		}
		if q, err := w.Confirm(w.ctx, token, visitor(), w.now); err != nil || q.State != RequestDone {
			t.Errorf("%v %s", err, q.State)
		}
	})
}
