package preference

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-message/mail"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

const month = 31 * 24 * time.Hour

func (w *world) ageAfter(months int) {
	w.Helper()
	err := w.Accounts.SetPolicy(w.Context(), w.by, w.ws.ID, account.Policy{Country: "JP", Equipment: "JP", Market: "JP", AgeingMonths: months}, w.now)
	if err != nil {
		w.Fatal(err)
	}
}

// age runs what ages permissions and holds how many are at each step.
func (w *world) age(now time.Time, warned, asked, rested int64) {
	w.Helper()
	if err := w.Age(w.Context(), now); err != nil {
		w.Fatal(err)
	}
	got, err := w.Ageing(w.Context(), w.db, w.ws.ID, now)
	if got.Warned > 0 && got.From.Before(now) {
		w.Errorf("somebody is to be asked from %s on, and now is %s", got.From, now)
	}
	if err != nil || got.Warned+got.Barred != warned || got.Asked != asked || got.Rested != rested {
		w.Errorf("warned, asked, rested = %d, %d, %d, want %d, %d, %d (%v)", got.Warned, got.Asked, got.Rested, warned, asked, rested, err)
	}
}

// asked lists the questions in the outbox.
func (w *world) asked() (rows []delivery.Leased) {
	w.Helper()
	found, err := w.db.Query(w.Context(), `SELECT id, address_id, topic_id, class, payload FROM outbox WHERE kind = 'preference_renewal' ORDER BY address_id`)
	if err != nil {
		w.Fatal(err)
	}
	defer found.Close()
	for found.Next() {
		l := delivery.Leased{Kind: KindRenewal, Workspace: w.ws.ID, Profile: w.profile, CreatedAt: w.now}
		var class string
		if err := found.Scan(&l.ID, &l.Request.Address, &l.Request.Topic, &class, &l.Payload); err != nil {
			w.Fatal(err)
		}
		l.Request.Class = law.Class(class)
		rows = append(rows, l)
	}
	if err := found.Err(); err != nil {
		w.Fatal(err)
	}
	return rows
}

func TestTheSilentAreAskedOnceAndThenRest(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		answers, silent, left := w.person("hanako@reader.example", w.news, w.sale), w.person("jiro@reader.example", w.news), w.person("saburo@reader.example", w.sale)
		paused, unsent := w.person("taro@reader.example", w.news), w.person("shiro@reader.example", w.sale)
		year := w.now.AddDate(1, 0, 1)
		w.say(&consent.Event{
			Workspace: w.ws.ID, Address: paused.ID, Action: consent.ActionPaused, Method: consent.MethodPreferenceCentre,
			OccurredAt: year.Add(-month), PausedUntil: year.Add(-month / 2),
		})
		w.age(year, 0, 0, 0) // nobody wanted it

		w.ageAfter(12)
		w.age(w.now.AddDate(0, 11, 0), 0, 0, 0)
		w.age(year, 5, 0, 0)
		w.age(year.Add(29*24*time.Hour), 5, 0, 0)
		if n := len(w.asked()); n != 0 {
			t.Fatalf("%d people were asked before the sender had time to see it", n)
		}
		w.age(year.Add(month), 0, 5, 0)
		rows := w.asked()
		if len(rows) != 4 {
			t.Fatalf("%d questions for four silent people", len(rows))
		}
		w.ended(unsent, "withheld", year.Add(month))
		for _, a := range []contact.Address{answers, silent, left} {
			w.ended(a, "delivered", year.Add(month))
		}
		w.age(year.Add(month+time.Hour), 0, 5, 0)
		if n := len(w.asked()); n != 5 {
			t.Fatalf("%d questions: one that did not leave is asked again, and no other", n)
		}
		w.ended(unsent, "delivered", year.Add(month+time.Hour))
		w.looksLikeAQuestion(rows[0], year.Add(month))

		w.renews(answers, year.Add(month+time.Hour))
		token := w.token(keyring.Unsubscribe, left, w.sale.ID)
		if _, err := w.Leave(t.Context(), token, false, act(), year.Add(month+time.Hour)); err != nil {
			t.Fatal(err)
		}
		if saved, err := w.Renew(t.Context(), w.token(keyring.Preferences, left, 0), "", act(), year.Add(month+2*time.Hour)); err != nil || saved.Changed {
			t.Errorf("a refusal was renewed: %v", err)
		}
		w.age(year.Add(month+ageingAnswer+12*time.Hour), 0, 2, 0) // the last day that was named is not over
		rested := year.Add(2*month + 48*time.Hour)
		w.age(rested, 0, 0, 2)
		w.say(&consent.Event{ // an old list brings nobody back
			Workspace: w.ws.ID, Address: unsent.ID, Topic: w.sale.ID, Action: consent.ActionGranted, Basis: consent.BasisConsent,
			Method: consent.MethodImport, OccurredAt: year, Evidence: consent.Evidence{File: "old.csv"},
		})
		w.age(rested.Add(time.Hour), 0, 0, 2)
		if states, err := w.Consents.State(t.Context(), db, unsent.ID); err != nil || states[w.sale.ID].Status != consent.StatusExpired {
			t.Errorf("an old list gave back a permission at rest: %q (%v)", states[w.sale.ID].Status, err)
		}
		last := w.events(silent)
		if e := last[len(last)-1]; e.Action != consent.ActionExpired || e.Method != consent.MethodTimer {
			t.Errorf("who did not answer: %s by %s", e.Action, e.Method)
		}
		states, err := w.Consents.State(t.Context(), db, silent.ID)
		if err != nil || states[w.news.ID].Status != consent.StatusExpired {
			t.Errorf("who did not answer is %q (%v)", states[w.news.ID].Status, err)
		}
		w.say(&consent.Event{
			Workspace: w.ws.ID, Address: silent.ID, Topic: w.news.ID, Action: consent.ActionConfirmed, Basis: consent.BasisConsent,
			Method: consent.MethodForm, OccurredAt: rested.Add(2 * time.Hour), Evidence: consent.Evidence{Page: "/f/x"},
		})
		w.age(rested.Add(3*time.Hour), 0, 0, 1)
		if n := len(w.asked()); n != 5 {
			t.Errorf("%d questions in the end: somebody was asked twice", n)
		}
	})
}

// ended has the questions to an address that are under way end.
func (w *world) ended(a contact.Address, outcome string, at time.Time) {
	w.Helper()
	w.write(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE outbox SET state = 3, outcome = ?, finished_at = ? WHERE address_id = ? AND kind = 'preference_renewal' AND state <> 3`,
			outcome, store.Micros(at), a.ID)
		return err
	})
}

func TestALongerPolicyLetsTheWarnedWait(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.person("hanako@reader.example", w.news)
		year := w.now.AddDate(1, 0, 1)
		w.ageAfter(12)
		w.age(year, 1, 0, 0)
		w.ageAfter(36)
		w.age(year.Add(month), 0, 0, 0)
		w.ageAfter(12)
		w.age(year.Add(2*month), 1, 0, 0) // with a notice of its own
		w.ageAfter(0)
		w.age(year.Add(3*month), 0, 0, 0)
		if n := len(w.asked()); n != 0 {
			t.Errorf("%d people were asked", n)
		}
	})
}

// looksLikeAQuestion holds that the mail says what it asks, until when, and how to stop.
func (w *world) looksLikeAQuestion(row delivery.Leased, now time.Time) {
	w.Helper()
	letters, err := w.Write(w.Context(), w.db, []delivery.Leased{row}, now)
	if err != nil || letters[0].Err != nil {
		w.Fatal(err, letters[0].Err)
	}
	text := textOf(w.T, letters[0].Data)
	until := w.Texts.For("ja").Date(now.Add(ageingAnswer), w.ws.Location())
	for _, want := range []string{"「新着のお知らせ、セールのご案内」", until + "までにお返事がない場合", "/preferences/", "東京都千代田区丸の内1-1-1"} {
		if !strings.Contains(text, want) {
			w.Errorf("%q is not in the question:\n%s", want, text)
		}
	}
	for _, want := range []string{"List-Unsubscribe: <https://mail.example.jp/unsubscribe/", "List-Unsubscribe-Post: List-Unsubscribe=One-Click"} {
		if !bytes.Contains(letters[0].Data, []byte(want)) {
			w.Errorf("the question has no %s", want)
		}
	}
	if row.Request.Class != law.ConsentRequest {
		w.Errorf("the question is of the class %s", row.Request.Class)
	}
}

// textOf is the first text of a mail.
func textOf(t *testing.T, data []byte) string {
	t.Helper()
	m, err := mail.CreateReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	part, err := m.NextPart()
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(part.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// renews presses the button, once with a page that reads differently, then rightly.
func (w *world) renews(a contact.Address, now time.Time) {
	w.Helper()
	token := w.token(keyring.Preferences, a, 0)
	if saved, err := w.Renew(w.Context(), token, "another page", act(), now); err != nil || saved.Changed || !saved.Again {
		w.Errorf("what nobody read was agreed to: %+v, %v", saved.Changed, err)
	}
	page, err := w.Centre(w.Context(), token, "ja", now)
	if err != nil || len(page.Renewal.Topics) != 2 || !strings.Contains(page.Renewal.Agree, "引き続き") {
		w.Fatal("the page does not ask", err)
	}
	saved, err := w.Renew(w.Context(), token, page.Renewal.Shown, act(), now)
	if err != nil || !saved.Changed {
		w.Fatal(err, saved.Changed)
	}
	list := w.events(a)
	for _, e := range list[len(list)-2:] {
		if e.Action != consent.ActionReconfirmed || e.Evidence.Shown != page.Renewal.Shown || e.Evidence.Confirmation == nil {
			w.Errorf("the answer is recorded as %s with %+v", e.Action, e.Evidence)
		}
	}
	if again, err := w.Renew(w.Context(), token, page.Renewal.Shown, act(), now.Add(time.Minute)); err != nil || again.Changed {
		w.Errorf("the second press was recorded: %v", err)
	}
	d, err := w.Gate.Admit(w.Context(), w.db, gate.Audience{Workspace: w.ws.ID, Profile: w.profile, Stage: gate.Planned},
		[]gate.Request{{Address: a.ID, Topic: w.news.ID, Class: law.Ad}}, now.Add(time.Hour))
	if err != nil || d[0].Refusal != nil {
		w.Errorf("who keeps receiving may not be mailed: %v, %v", d[0].Refusal, err)
	}
}

// TestWhoMayNotBeAskedIsCountedApart: a permission whose time has come and whose person the
// gate does not let be asked is not announced for a day that is past.
func TestWhoMayNotBeAskedIsCountedApart(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		barred := w.person("taro@reader.example", w.news)
		year := w.now.AddDate(1, 0, 1)
		w.ageAfter(12)
		w.age(year, 1, 0, 0)
		w.say(&consent.Event{
			Workspace: w.ws.ID, Address: barred.ID, Action: consent.ActionPaused, Method: consent.MethodOperator,
			OccurredAt: year.Add(time.Hour), PausedUntil: year.Add(12 * month),
		})
		later := year.Add(2 * month)
		w.age(later, 1, 0, 0)
		if got, err := w.Ageing(t.Context(), db, w.ws.ID, later); err != nil || got.Warned != 0 || got.Barred != 1 || !got.From.IsZero() {
			t.Errorf("%+v, %v", got, err)
		}
		if n := len(w.asked()); n != 0 {
			t.Errorf("%d were asked", n)
		}
	})
}

// TestASignOfLifeAtTheLastMomentCounts: whoever says something after the silent were read
// and before they come to rest keeps the permission.
func TestASignOfLifeAtTheLastMomentCounts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		alive, silent := w.person("hanako@reader.example", w.news), w.person("jiro@reader.example", w.news)
		year := w.now.AddDate(1, 0, 1)
		w.ageAfter(12)
		w.age(year, 2, 0, 0)
		w.age(year.Add(month), 0, 2, 0)
		w.ended(alive, "delivered", year.Add(month))
		w.ended(silent, "delivered", year.Add(month))

		now := year.Add(2*month + 48*time.Hour)
		a := ageing{Desk: w.Desk, workspace: w.ws, now: now, silent: now.AddDate(-1, 0, 0)}
		asked := store.Micros(now.Add(-ageingAnswer - 24*time.Hour))
		page, err := readAged(db.Query(t.Context(), sqlAgeingUnanswered, asked, asked, w.ws.ID, asked, 0, ageingBatch))
		if err != nil || len(page) != 2 {
			t.Fatalf("%d are read as silent: %v", len(page), err)
		}
		w.say(&consent.Event{
			Workspace: w.ws.ID, Address: alive.ID, Action: consent.ActionFrequencyChanged, Method: consent.MethodPreferenceCentre,
			OccurredAt: now, Frequency: consent.Frequency{Count: 9, Period: consent.Month},
		})
		w.write(func(ctx context.Context, tx *store.Tx) error { return a.restThem(ctx, tx, page, asked) })
		w.must(alive, w.news, "")
		w.must(silent, w.news, "REC-06")
		w.age(now.Add(time.Hour), 0, 0, 1)
	})
}
