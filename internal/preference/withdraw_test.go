package preference

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

func TestOneClickStopsItsTopicAndNoOther(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a := w.person("hanako@reader.example", w.news, w.sale)
		w.must(a, w.news, "")
		token := w.token(keyring.Unsubscribe, a, w.news.ID)
		for range 3 {
			if err := w.OneClick(t.Context(), token, act(), w.now); err != nil {
				t.Fatal(err)
			}
		}
		w.must(a, w.news, "OUT-01")
		w.must(a, w.sale, "")
		events := w.events(a)
		if len(events) != 3 {
			t.Fatalf("%d events, want two permissions and one refusal", len(events))
		}
		e := events[2]
		if e.Action != consent.ActionWithdrawn || e.Method != consent.MethodOneClick || e.Topic != w.news.ID || e.RefersTo != events[0].ID {
			t.Errorf("%+v", e.Event)
		}
		if e.Evidence.Message != 77 || e.Evidence.Network != "198.51.100.0/24" {
			t.Errorf("evidence %+v", e.Evidence)
		}
	})
}

func TestReadingChangesNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a := w.person("hanako@reader.example", w.news, w.sale)
		before := len(w.events(a))
		for range 2 {
			page, err := w.Exit(t.Context(), w.token(keyring.Unsubscribe, a, w.news.ID), i18n.Ja, w.now)
			if err != nil || page.Off || page.AllOff || page.Topic.Name != "新着のお知らせ" || page.Undo != "" {
				t.Fatalf("%+v, %v", page, err)
			}
			if page.Address != "h***@reader.example" || page.Sender.LegalName != "株式会社サンプル商会" {
				t.Errorf("%+v", page)
			}
			if _, err := w.Centre(t.Context(), w.token(keyring.Preferences, a, 0), i18n.En, w.now); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Why(t.Context(), w.token(keyring.Why, a, w.news.ID), i18n.Ja, w.now); err != nil {
				t.Fatal(err)
			}
		}
		if len(w.events(a)) != before {
			t.Error("reading recorded something")
		}
		w.must(a, w.news, "")
		shown := w.count(func() *store.Row { return db.QueryRow(t.Context(), `SELECT COUNT(*) FROM shown`) })
		if shown != 0 {
			t.Error("reading kept a snapshot")
		}
	})
}

func TestTokensOfOtherKindsAreRefused(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a := w.person("hanako@reader.example", w.news)
		good := w.token(keyring.Unsubscribe, a, w.news.ID)
		other, err := keyring.New(keyring.Generate())
		if err != nil {
			t.Fatal(err)
		}
		forged := other.Sign(keyring.Token{Purpose: keyring.Unsubscribe, Workspace: a.Workspace, Address: a.ID, IssuedAt: w.now})
		for name, token := range map[string]string{
			"empty": "", "cut": good[:len(good)-1], "forged": forged, "lower case": strings.ToLower(good),
			"why": w.token(keyring.Why, a, 0), "preferences": w.token(keyring.Preferences, a, 0), "undo": w.token(keyring.Undo, a, 0),
		} {
			if err := w.OneClick(t.Context(), token, act(), w.now); !fault.Is(err, fault.Invalid) {
				t.Errorf("one click, %s: %v", name, err)
			}
			if err := w.RefuseByMail(t.Context(), token, w.now); !fault.Is(err, fault.Invalid) {
				t.Errorf("mail, %s: %v", name, err)
			}
			if _, err := w.Leave(t.Context(), token, true, act(), w.now); !fault.Is(err, fault.Invalid) {
				t.Errorf("page, %s: %v", name, err)
			}
		}
		for _, token := range []string{good, w.token(keyring.Why, a, 0)} {
			if _, err := w.Save(t.Context(), token, Change{Off: []int64{w.news.ID}}, act(), w.now); !fault.Is(err, fault.Invalid) {
				t.Errorf("save: %v", err)
			}
			if _, err := w.Undo(t.Context(), token, act(), w.now); !fault.Is(err, fault.Invalid) {
				t.Errorf("undo: %v", err)
			}
		}
		w.must(a, w.news, "")
	})
}

func TestEverythingOffIsForOneAddressOrForAll(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a, stranger := w.person("hanako@reader.example", w.news), w.person("taro@reader.example", w.news)
		b := w.person("hanako@work.example", w.news)
		w.write(func(ctx context.Context, tx *store.Tx) error {
			return w.People.Merge(ctx, tx, w.ws.ID, b.Contact, a.Contact, w.now)
		})
		centre := w.token(keyring.Preferences, a, 0)
		if c := w.centreOf(centre); !c.Others {
			t.Error("the other address is not seen")
		}
		if page, err := w.StopAll(t.Context(), centre, act(), w.now); err != nil || !page.AllOff || !page.Others || page.Everywhere {
			t.Fatalf("%+v, %v", page, err)
		}
		w.must(a, w.news, "OUT-01")
		w.must(b, w.news, "")
		for range 2 {
			page, err := w.StopEverywhere(t.Context(), centre, act(), w.now)
			if err != nil || !page.AllOff || page.Others || !page.Everywhere {
				t.Fatalf("%+v, %v", page, err)
			}
		}
		w.must(b, w.news, "OUT-01")
		w.must(stranger, w.news, "")
		if n := len(w.events(b)); n != 3 { // given, merged, withdrawn
			t.Errorf("%d events at the other address", n)
		}
		if page, err := w.LeaveEverywhere(t.Context(), w.token(keyring.Unsubscribe, stranger, w.news.ID), act(), w.now); err != nil || !page.Everywhere {
			t.Errorf("%+v, %v", page, err)
		}
		w.must(stranger, w.news, "OUT-01")
		if _, err := w.LeaveEverywhere(t.Context(), centre, act(), w.now); !fault.Is(err, fault.Invalid) {
			t.Errorf("a link of another purpose: %v", err)
		}
	})
}

func TestEverythingOffStaysOff(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a := w.person("hanako@reader.example", w.news, w.sale)
		page, err := w.Leave(t.Context(), w.token(keyring.Unsubscribe, a, w.news.ID), true, act(), w.now)
		if err != nil || !page.AllOff || page.Undo == "" || !page.CanUndo || page.At.IsZero() {
			t.Fatalf("%+v, %v", page, err)
		}
		w.must(a, w.news, "OUT-01")
		w.must(a, w.sale, "OUT-01")
		w.must(a, w.hidden, "OUT-01")
		// A file that says otherwise, and an operator who does, change nothing.
		w.write(func(ctx context.Context, tx *store.Tx) error {
			return w.Consents.Imported(ctx, tx, []contact.Grant{{
				Workspace: w.ws.ID, Address: a.ID, Hash: a.Hash, Shown: a.Shown, Topics: []int64{w.news.ID, w.hidden.ID},
				Basis: contact.Consent, Source: "名刺", At: w.now, ReceivedAt: w.now.Add(time.Hour), File: "a.csv", Line: 2,
			}})
		})
		w.say(&consent.Event{
			Workspace: w.ws.ID, Address: a.ID, Topic: w.sale.ID, Action: consent.ActionGranted, Basis: consent.BasisConsent,
			Method: consent.MethodOperator, OccurredAt: w.now.Add(time.Hour),
		})
		w.must(a, w.news, "OUT-01")
		w.must(a, w.sale, "OUT-01")
		w.must(a, w.hidden, "OUT-01")
		n := len(w.events(a))
		if _, err := w.StopAll(t.Context(), w.token(keyring.Preferences, a, 0), act(), w.now); err != nil {
			t.Fatal(err)
		}
		if len(w.events(a)) != n {
			t.Error("stopping everything twice recorded something")
		}
	})
}

func TestEverythingOffAfterComingBackIsRecordedAnew(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a := w.person("hanako@reader.example", w.news)
		centre := w.token(keyring.Preferences, a, 0)
		if _, err := w.StopAll(t.Context(), centre, act(), w.now); err != nil {
			t.Fatal(err)
		}
		page, err := w.Centre(t.Context(), centre, i18n.Ja, w.now)
		if err != nil || !page.AllOff {
			t.Fatal(page, err)
		}
		if _, err := w.Save(t.Context(), centre, Change{On: []int64{w.sale.ID}, Shown: page.Shown}, act(), w.now); err != nil {
			t.Fatal(err)
		}
		w.must(a, w.sale, "")
		w.must(a, w.news, "OUT-01")
		if _, err := w.StopAll(t.Context(), centre, act(), w.now); err != nil {
			t.Fatal(err)
		}
		w.must(a, w.sale, "OUT-01")
	})
}

func TestTheErasedAndTheUnknownAreAnsweredDone(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a := w.person("hanako@reader.example", w.news)
		w.write(func(ctx context.Context, tx *store.Tx) error {
			c := contact.Contact{ID: a.Contact, Workspace: w.ws.ID}
			if err := w.Consents.Erased(ctx, tx, c, w.now); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `UPDATE address SET canonical = '', shown = '', erased_at = 1 WHERE id = ?`, a.ID)
			return err
		})
		n := len(w.events(a))
		gone := a
		gone.ID = 999_999_999
		for _, who := range []contact.Address{a, gone} {
			token := w.token(keyring.Unsubscribe, who, w.news.ID)
			if err := w.OneClick(t.Context(), token, act(), w.now); err != nil {
				t.Error(err)
			}
			page, err := w.Leave(t.Context(), token, true, act(), w.now)
			if err != nil || !page.AllOff || page.Undo != "" || page.Address != "" || page.Preferences != "" {
				t.Errorf("%+v, %v", page, err)
			}
			if _, err := w.Centre(t.Context(), w.token(keyring.Preferences, who, 0), i18n.Ja, w.now); !fault.Is(err, fault.NotFound) {
				t.Error(err)
			}
			why, err := w.Why(t.Context(), w.token(keyring.Why, who, w.news.ID), i18n.Ja, w.now)
			if err != nil || why.Address != "" || why.Origin.Known {
				t.Errorf("%+v, %v", why, err)
			}
		}
		if len(w.events(a)) != n {
			t.Error("something was recorded about an erased person")
		}
	})
}

func TestAThousandPressesAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a := w.person("hanako@reader.example", w.news, w.sale)
		token := w.token(keyring.Unsubscribe, a, w.news.ID)
		var all sync.WaitGroup
		for range 1000 {
			all.Go(func() {
				if err := w.OneClick(t.Context(), token, act(), w.now); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		refusals := slices.DeleteFunc(w.events(a), func(e consent.Entry) bool { return !e.Action.Refuses() })
		if len(refusals) != 1 {
			t.Errorf("%d refusals were recorded", len(refusals))
		}
		w.must(a, w.news, "OUT-01")
		w.must(a, w.sale, "")
	})
}

func TestTheAnswerWaitsForADotOnItsWay(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a := w.person("hanako@reader.example", w.news)
		d, err := w.Gate.Admit(t.Context(), db, gate.Audience{Workspace: w.ws.ID, Profile: w.profile, Stage: gate.Leased},
			[]gate.Request{{Address: a.ID, Topic: w.news.ID, Class: law.Ad, Message: 5}}, time.Now())
		if err != nil || d[0].Refusal != nil {
			t.Fatal(d, err)
		}
		dropped := make(chan struct{})
		hold, err := w.Gate.BeforeDot(d[0].Permit, time.Now(), func() { close(dropped) })
		if err != nil {
			t.Fatal(err)
		}
		token := w.token(keyring.Unsubscribe, a, w.news.ID)
		answered := make(chan error, 2)
		for range 2 { // the first records, the second only repeats: neither may be early
			go func() { answered <- w.OneClick(context.WithoutCancel(t.Context()), token, act(), w.now) }()
		}
		select {
		case <-answered:
			t.Error("answered while the dot could still be sent")
		case <-dropped: // the fence had the connection dropped, and waits for that
		}
		hold.Done()
		for range 2 {
			if err := <-answered; err != nil {
				t.Error(err)
			}
		}
		if _, err := w.Gate.BeforeDot(d[0].Permit, time.Now(), func() {}); err == nil {
			t.Error("an old permit still works")
		}
	})
}

func TestANoCountsWhenNobodyWaits(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a := w.person("hanako@reader.example", w.news)
		ctx, cancel := context.WithCancel(t.Context())
		r, err := w.open(ctx, w.token(keyring.Unsubscribe, a, w.news.ID), keyring.Unsubscribe, w.now, 0)
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		if _, err := w.withdraw(ctx, no{reader: r, topic: w.news.ID, method: consent.MethodOneClick}, w.now); err != nil {
			t.Fatal(err)
		}
		w.must(a, w.news, "OUT-01")
	})
}

func TestUndoBringsBackWhatWasStoppedAndNothingElse(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a := w.person("hanako@reader.example", w.news, w.sale)
		unsubscribe := w.token(keyring.Unsubscribe, a, w.news.ID)
		if _, err := w.Leave(t.Context(), unsubscribe, false, act(), w.now); err != nil {
			t.Fatal(err)
		}
		page, err := w.Leave(t.Context(), unsubscribe, true, act(), w.now.Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Undo(t.Context(), page.Undo, act(), w.now.Add(25*time.Hour)); !fault.Is(err, fault.Invalid) {
			t.Errorf("a day later: %v", err)
		}
		w.must(a, w.sale, "OUT-01")
		for i := range 2 {
			back, err := w.Undo(t.Context(), page.Undo, act(), w.now.Add(time.Hour))
			if err != nil || len(back.Topics) != 1-i {
				t.Fatalf("%+v, %v", back, err)
			}
		}
		w.must(a, w.sale, "")
		w.must(a, w.news, "OUT-01")
		w.must(a, w.hidden, "OUT-01")
		events := w.events(a)
		e := events[len(events)-1]
		if e.Method != consent.MethodPage || e.Action != consent.ActionGranted || e.Evidence.Shown == "" || e.Basis != consent.BasisConsent {
			t.Errorf("%+v", e.Event)
		}
		shown, err := w.Consents.ShownByHash(t.Context(), db, w.ws.ID, e.Evidence.Shown)
		if err != nil || !strings.Contains(shown.Body, "セールのご案内") || strings.Contains(shown.Body, "hanako") {
			t.Errorf("%+v, %v", shown, err)
		}
	})
}

func TestUndoDoesNotGoBehindALaterNo(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a := w.person("hanako@reader.example", w.news)
		page, err := w.Leave(t.Context(), w.token(keyring.Unsubscribe, a, w.news.ID), false, act(), w.now)
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.Enter(t.Context(), w.by, Refusal{Workspace: w.ws.ID, Channel: addr.Email, Address: a.Shown, Way: ByPhone, Received: w.now}, w.now.Add(time.Second))
		if err != nil {
			t.Fatal(err)
		}
		back, err := w.Undo(t.Context(), page.Undo, act(), w.now.Add(time.Minute))
		if err != nil || len(back.Topics) != 0 {
			t.Errorf("%+v, %v", back, err)
		}
		w.must(a, w.news, "OUT-01")
	})
}

func TestTheReasonIsAskedAfterwards(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a := w.person("hanako@reader.example", w.news)
		page, err := w.Leave(t.Context(), w.token(keyring.Unsubscribe, a, w.news.ID), false, act(), w.now)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.TellWhy(t.Context(), page.Undo, "because", strings.Repeat("長", 501), w.now); !fault.Is(err, fault.Invalid) {
			t.Error(err)
		}
		if err := w.TellWhy(t.Context(), w.token(keyring.Unsubscribe, a, w.news.ID), TooMany, "", w.now); !fault.Is(err, fault.Invalid) {
			t.Error(err)
		}
		for _, r := range Reasons() {
			if err := w.TellWhy(t.Context(), page.Undo, r, " ありがとう ", w.now); err != nil {
				t.Fatal(err)
			}
		}
		var n int
		var reason, remark string
		err = db.QueryRow(t.Context(), `SELECT COUNT(*), MAX(reason), MAX(remark) FROM leave_reason`).Scan(&n, &reason, &remark)
		if err != nil || n != 1 || reason != "other" || remark != "ありがとう" {
			t.Error(n, reason, remark, err)
		}
	})
}
