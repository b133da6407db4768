package preference

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

func (w *world) centreOf(token string) Centre {
	w.Helper()
	c, err := w.Centre(w.Context(), token, i18n.Ja, w.now)
	if err != nil {
		w.Fatal(err)
	}
	return c
}

func (w *world) save(token string, c Change) Saved {
	w.Helper()
	s, err := w.Save(w.Context(), token, c, act(), w.now)
	if err != nil {
		w.Fatal(err)
	}
	return s
}

func TestTheCentreShowsWhatIsOfferedAndWhatOneHas(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a := w.person("hanako@reader.example", w.news)
		c := w.centreOf(w.token(keyring.Preferences, a, 0))
		if len(c.Topics) != 2 || !c.Topics[0].On || c.Topics[1].On || c.Topics[0].Promise != "1週間に2通まで" || c.AllOff {
			t.Errorf("%+v", c)
		}
		if !strings.Contains(c.Agree, "株式会社サンプル商会") || c.Address != "h***@reader.example" || c.Shown == "" {
			t.Errorf("%+v", c)
		}
		b := w.person("taro@reader.example", w.hidden)
		if c := w.centreOf(w.token(keyring.Preferences, b, 0)); len(c.Topics) != 3 || !c.Topics[2].On {
			t.Errorf("%+v", c.Topics)
		}
	})
}

func TestASaveRecordsExactlyTheDifference(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a := w.person("hanako@reader.example", w.news)
		token := w.token(keyring.Preferences, a, 0)
		page := w.centreOf(token)
		until := w.now.AddDate(0, 1, 0)
		weekly := consent.Frequency{Count: 1, Period: consent.Week}
		change := Change{
			On: []int64{w.sale.ID}, Off: []int64{w.news.ID}, Pause: &until, Lang: i18n.En, Shown: page.Shown,
			Limits: map[int64]consent.Frequency{0: weekly, w.sale.ID: weekly},
		}
		saved := w.save(token, change)
		if !saved.Changed || saved.Again || saved.Topics[0].On || !saved.Topics[1].On || saved.Lang != i18n.En ||
			saved.Limit != weekly || !saved.PausedUntil.Equal(until) {
			t.Errorf("%+v", saved)
		}
		got := map[consent.Action]int{}
		events := w.events(a)[1:]
		for _, e := range events {
			got[e.Action]++
			if e.Method != consent.MethodPreferenceCentre {
				t.Errorf("%+v", e.Event)
			}
		}
		if got[consent.ActionWithdrawn] != 1 || got[consent.ActionConfirmed] != 1 || got[consent.ActionFrequencyChanged] != 2 ||
			got[consent.ActionPaused] != 1 || len(events) != 5 {
			t.Errorf("%v", got)
		}
		if again := w.save(token, change); again.Changed || len(w.events(a)) != 6 {
			t.Error("the same change was recorded twice")
		}
		if s := w.save(token, Change{}); s.Changed {
			t.Error("nothing was recorded as something")
		}
	})
}

func TestAYesIsKeptWithWhatWasShown(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a := w.person("hanako@reader.example")
		token := w.token(keyring.Preferences, a, 0)
		page := w.centreOf(token)
		w.save(token, Change{On: []int64{w.news.ID}, Shown: page.Shown})
		w.must(a, w.news, "")
		events := w.events(a)
		e := events[len(events)-1]
		if e.Grade != consent.GradeA || e.Evidence.Shown != page.Shown || e.Evidence.Confirmation == nil || e.Evidence.Confirmation.Message != 77 {
			t.Errorf("%+v", e)
		}
		shown, err := w.Consents.ShownByHash(t.Context(), db, w.ws.ID, page.Shown)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{page.Agree, page.Topics[0].Content, page.Topics[0].Promise, page.Sender.LegalName, page.Sender.PrivacyURL} {
			if !strings.Contains(shown.Body, text) {
				t.Errorf("%q is not in what was shown", text)
			}
		}
		if strings.Contains(shown.Body, "reader.example") {
			t.Error("the snapshot names the reader")
		}
	})
}

// TestAYesThatCouldNotBeProvedIsNotRecorded: the rules of records are asked on a person's
// own pages too (REC-01, REC-02), and a no in the same form counts all the same.
func TestAYesThatCouldNotBeProvedIsNotRecorded(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a := w.person("hanako@reader.example", w.news)
		token := w.token(keyring.Preferences, a, 0)
		change := Change{On: []int64{w.sale.ID}, Off: []int64{w.news.ID}, Shown: w.centreOf(token).Shown}
		nowhere := Act{Lang: i18n.Ja}
		_, err := w.Save(t.Context(), token, change, nowhere, w.now)
		e, ok := errors.AsType[*fault.Error](err)
		if !ok || e.Kind != fault.Refused || !slices.Contains(e.Args, any("REC-01")) {
			t.Errorf("a yes from nowhere: %v", err)
		}
		w.must(a, w.sale, "BASIS-01")
		w.must(a, w.news, "OUT-01")
		if s := w.save(token, change); !s.Changed || !s.Topics[1].On {
			t.Errorf("the same with a record of it: %+v", s)
		}
		events := w.events(a)
		if last := events[len(events)-1]; last.Evidence.Address != "hanako@reader.example" {
			t.Errorf("the record names %q", last.Evidence.Address)
		}
	})
}

func TestAYesToAnotherTextIsNotRecordedButANoIs(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a := w.person("hanako@reader.example", w.news)
		token := w.token(keyring.Preferences, a, 0)
		old := w.centreOf(token)
		w.sale.ContentJa = "毎日のセール情報をお届けします。"
		w.write(func(ctx context.Context, tx *store.Tx) error { return w.Consents.EditTopic(ctx, tx, w.sale) })
		saved := w.save(token, Change{On: []int64{w.sale.ID}, Off: []int64{w.news.ID}, Shown: old.Shown})
		if !saved.Again || saved.Shown == old.Shown {
			t.Errorf("%+v", saved)
		}
		w.must(a, w.sale, "BASIS-01")
		w.must(a, w.news, "OUT-01")
	})
}

func TestAPageLeftOpenDoesNotUndoALaterNo(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a := w.person("hanako@reader.example", w.news, w.sale)
		token := w.token(keyring.Preferences, a, 0)
		page := w.centreOf(token) // both boxes ticked, left open
		if err := w.OneClick(t.Context(), w.token(keyring.Unsubscribe, a, w.news.ID), act(), w.now); err != nil {
			t.Fatal(err)
		}
		w.save(token, Change{Off: []int64{w.sale.ID}, Shown: page.Shown}) // only one was changed
		w.must(a, w.news, "OUT-01")
		w.must(a, w.sale, "OUT-01")
	})
}

func TestPauseAndFrequencyAreKept(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a := w.person("hanako@reader.example", w.news, w.sale)
		token := w.token(keyring.Preferences, a, 0)
		until := w.now.AddDate(0, 0, 14)
		w.save(token, Change{Pause: &until})
		w.must(a, w.news, "FREQ-02")
		w.must(a, w.sale, "FREQ-02")
		w.save(token, Change{Pause: new(time.Time)})
		w.must(a, w.news, "")
		w.save(token, Change{Limits: map[int64]consent.Frequency{0: {Count: 1, Period: consent.Week}}})
		w.must(a, w.news, "")
		w.delivered(a, w.sale)
		w.must(a, w.news, "FREQ-01")
		w.save(token, Change{Limits: map[int64]consent.Frequency{0: {}, w.sale.ID: {Count: 1, Period: consent.Month}}})
		w.must(a, w.news, "")
		w.must(a, w.sale, "FREQ-01")
	})
}

// delivered puts a message into the books that arrived two days ago.
func (w *world) delivered(a contact.Address, t consent.Topic) (id int64) {
	w.Helper()
	w.write(func(ctx context.Context, tx *store.Tx) (err error) {
		if id, err = tx.NewID(ctx); err != nil {
			return err
		}
		at := store.Micros(w.now.AddDate(0, 0, -2))
		_, err = tx.Exec(ctx, `INSERT INTO outbox (id, workspace_id, kind, address_id, topic_id, class, profile_id, state, outcome, attempts, run_at,
			decided_event, decided_rules, created_at, finished_at) VALUES (?, ?, 'campaign', ?, ?, 'ad', ?, 3, 'delivered', 1, ?, ?, 'v1', ?, ?)`,
			id, w.ws.ID, a.ID, t.ID, w.profile, at, w.events(a)[0].ID, at, at)
		return err
	})
	return id
}

func TestWhatNobodyCanMeanIsRefused(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a := w.person("hanako@reader.example", w.news)
		token := w.token(keyring.Preferences, a, 0)
		past, far := w.now, w.now.AddDate(50, 0, 0)
		for name, c := range map[string]Change{
			"past pause": {Pause: &past}, "far pause": {Pause: &far}, "language": {Lang: "fr"},
			"no period": {Limits: map[int64]consent.Frequency{0: {Count: 3}}},
			"negative":  {Limits: map[int64]consent.Frequency{0: {Count: -1, Period: consent.Week}}},
			"no count":  {Limits: map[int64]consent.Frequency{0: {Period: consent.Week}}},
		} {
			c.Off = []int64{w.news.ID}
			if _, err := w.Save(t.Context(), token, c, act(), w.now); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		w.must(a, w.news, "")
		w.save(token, Change{On: []int64{w.hidden.ID, 12345}, Shown: w.centreOf(token).Shown})
		w.must(a, w.hidden, "BASIS-01")
	})
}

func TestSavesAtOnceDoNotMix(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a := w.person("hanako@reader.example", w.news)
		token := w.token(keyring.Preferences, a, 0)
		shown := w.centreOf(token).Shown
		var all sync.WaitGroup
		for range 40 {
			all.Go(func() {
				c := Change{On: []int64{w.sale.ID}, Off: []int64{w.news.ID}, Shown: shown}
				if _, err := w.Save(t.Context(), token, c, act(), w.now); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := len(w.events(a)); n != 3 {
			t.Errorf("%d events, want 3", n)
		}
	})
}

func TestWhyTellsTheOriginAndNoMore(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a := w.person("hanako@reader.example")
		token := w.token(keyring.Preferences, a, 0)
		w.save(token, Change{On: []int64{w.news.ID}, Shown: w.centreOf(token).Shown})
		message := w.delivered(a, w.news)
		link := w.Ring.Sign(keyring.Token{Purpose: keyring.Why, Workspace: w.ws.ID, Address: a.ID, Topic: w.news.ID, ID: message, IssuedAt: w.now})
		why, err := w.Why(t.Context(), link, i18n.Ja, w.now)
		if err != nil {
			t.Fatal(err)
		}
		o := why.Origin
		if !why.Message.Known || why.Message.Event == "" || !why.On || !o.Known || o.Method != consent.MethodPreferenceCentre || !o.Shown || o.ConfirmedAt.IsZero() {
			t.Errorf("%+v", why)
		}
		if why.Address != "h***@reader.example" || why.Topic.Name != "新着のお知らせ" {
			t.Errorf("%+v", why)
		}
		shown, err := w.WhyShown(t.Context(), link, w.now)
		if err != nil || !strings.Contains(shown.Body, "新着のお知らせ") {
			t.Error(err)
		}
		// Somebody else's message tells nothing.
		b := w.person("taro@reader.example", w.news)
		link = w.Ring.Sign(keyring.Token{Purpose: keyring.Why, Workspace: w.ws.ID, Address: b.ID, Topic: w.news.ID, ID: message, IssuedAt: w.now})
		if why, err = w.Why(t.Context(), link, i18n.Ja, w.now); err != nil || why.Message.Known || why.Origin.Shown || !why.Origin.Known {
			t.Errorf("%+v, %v", why, err)
		}
		if err := w.OneClick(t.Context(), why.Unsubscribe, act(), w.now); err != nil {
			t.Error(err)
		}
		w.must(b, w.news, "OUT-01")
	})
}

func TestAboutTellsWhoSends(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		about, err := w.About(t.Context(), "sample", i18n.En)
		if err != nil || about.Sender.LegalName != "Sample Shokai Co., Ltd." || len(about.Topics) != 2 || about.Topics[0].Name != "news" {
			t.Errorf("%+v, %v", about, err)
		}
		if _, err := w.About(t.Context(), "nobody", i18n.Ja); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
	})
}
