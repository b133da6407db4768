package campaign

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// crowded are people of many kinds, as rows: what the log, imports and people's own
// choices leave behind.
type crowded struct {
	contacts, addresses, states, stops, grounds [][]any
}

// firstOfCrowd is the id of the first of a crowd.
const firstOfCrowd = 9_000_000_000

func one[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// mixed makes n people with ids from first on, each of a kind of its own chance.
func (w *world) mixed(first int64, n int, r *rand.Rand) (c crowded) {
	at := store.Micros(w.now)
	day := int64(24 * time.Hour / time.Microsecond)
	for i := range int64(n) {
		id := first + i*10
		sum := sha256.Sum256([]byte(strconv.FormatInt(id, 10)))
		hash := sum[:]
		country, prefecture := one(r, "", "", "JP", "DE", "US", "CA", "GB", "AU", "BR"), one(r, "", "", "", "東京都")
		name := one(r, "", "田中", "Schmidt", "Müller")
		c.contacts = append(c.contacts, []any{id, w.ws.ID, name, one(r, "", "", "株式会社例"), prefecture, country, one(r, "", "ja", "en"), at, at})
		domain := one(r, "gmail.com", "example.jp", "docomo.ne.jp", "firma.example.de", "shop.example.co.uk")
		c.addresses = append(c.addresses, []any{id, w.ws.ID, id, "email", fmt.Sprintf("p%d@%s", i, domain), fmt.Sprintf("p%d@%s", i, domain), domain, hash, at})
		basis, event, own := one(r, "B1", "B1", "B1", "B2", "B3", "B4"), id, one(r, id, 0, id-5)
		since := at - int64(r.IntN(1500))*day - int64(r.IntN(86400))*1_000_000
		state := one(r, "given", "given", "given", "given", "withdrawn", "refused", "expired")
		frequency, period, paused, until := int64(0), "", int64(0), int64(0)
		switch r.IntN(25) {
		case 0:
			frequency, period = 1, "week"
		case 1:
			paused = at + one(r, day, -day)
		case 2:
			until = at + one(r, day, -day)
		}
		c.states = append(c.states, []any{id, w.topic.ID, w.ws.ID, id, state, basis, one(r, "A", "B", "C", "D"), event, own, since, until, frequency, period, paused})
		if r.IntN(40) == 0 {
			c.states = append(c.states, []any{id, 0, w.ws.ID, id, "given", "", "", event, 0, since, 0, one(r, int64(0), 1), "week", one(r, 0, at+day)})
		}
		if basis != "B1" || r.IntN(10) == 0 {
			c.grounds = append(c.grounds, []any{
				event, w.ws.ID, one(r, "", "", "株式会社よそ"), one(r, "", "", "株式会社よそ"), one(r, "", "no. 7"), one(r, 0, at-int64(r.IntN(900))*day),
				r.IntN(2) == 0, r.IntN(9) == 0, one(r, "", "https://x.example/"), one(r, 0, at-int64(r.IntN(200))*day), r.IntN(9) == 0, r.IntN(2) == 0,
				r.IntN(2) == 0, one(r, "", "purchase", "inquiry", "published"), r.IntN(2) == 0, r.IntN(2) == 0, r.IntN(2) == 0, r.IntN(9) == 0, r.IntN(2) == 0,
			})
		}
		seen := map[string]bool{}
		for range one(r, 0, 0, 0, 1, 1, 2) {
			kind, topic := one(r, "refusal", "refusal", "complaint", "bounce", "manual"), one(r, 0, w.topic.ID, w.topic.ID+1)
			if key := kind + strconv.FormatInt(topic, 10); !seen[key] {
				seen[key] = true
				c.stops = append(c.stops, []any{id + int64(len(seen)), w.ws.ID, "email", hash, kind, topic, one(r, id-1, id+1), "test", at, one(r, 0, 0, at+day, at-day)})
			}
		}
	}
	return c
}

// usual makes n people as a company has them: nine of ten agreed on a form of its own and
// left it at that, some refused since, few chose how often, and few are of a kind of
// their own.
func (w *world) usual(first int64, n int, r *rand.Rand) crowded {
	at, day := store.Micros(w.now), int64(24*time.Hour/time.Microsecond)
	c := w.mixed(first, n/50, r)
	for i := int64(n / 50); i < int64(n); i++ {
		id := first + i*10
		sum := sha256.Sum256([]byte(strconv.FormatInt(id, 10)))
		domain := one(r, "gmail.com", "gmail.com", "example.jp", "docomo.ne.jp", "icloud.com", fmt.Sprintf("c%d.example.co.jp", r.IntN(5000)))
		c.contacts = append(c.contacts, []any{id, w.ws.ID, one(r, "", "田中"), one(r, "", "", "株式会社例"), one(r, "", "東京都"), one(r, "", "", "JP"), one(r, "ja", "ja", "ja", "en"), at, at})
		c.addresses = append(c.addresses, []any{id, w.ws.ID, id, "email", fmt.Sprintf("u%d@%s", id, domain), fmt.Sprintf("u%d@%s", id, domain), domain, sum[:], at})
		frequency, period := int64(0), ""
		state := "given"
		switch dice := r.IntN(100); {
		case dice < 6:
			kind := one(r, "refusal", "refusal", "bounce")
			if kind == "refusal" {
				state = "withdrawn"
			}
			c.stops = append(c.stops, []any{id + 1, w.ws.ID, "email", sum[:], kind, one(r, 0, w.topic.ID), id + 1, "test", at, int64(0)})
		case dice < 7:
			frequency, period = 1, "week"
		}
		c.states = append(c.states, []any{
			id, w.topic.ID, w.ws.ID, id, state, "B1", one(r, "A", "A", "B"), id, id, at - int64(r.IntN(1500))*day, int64(0), frequency, period, int64(0),
		})
	}
	return c
}

const (
	sqlCrowdContacts  = `INSERT INTO contact (id, workspace_id, family_name, company, prefecture, country, lang, created_at, updated_at) VALUES`
	sqlCrowdAddresses = `INSERT INTO address (id, workspace_id, contact_id, channel, canonical, shown, domain, hash, created_at) VALUES`
	sqlCrowdStates    = `INSERT INTO consent_state (address_id, topic_id, workspace_id, contact_id, state, basis, grade, event_id, own_event, since,
		valid_until, frequency_count, frequency_period, paused_until) VALUES`
	sqlCrowdGrounds = `INSERT INTO consent_basis (event_id, workspace_id, entity, counterparty, transaction_ref, last_transaction, written, ads_declined, page_url,
		page_captured, page_refuses, in_business, express, casl, relevant_to_role, own_similar, refusal_offered, charity, double_opt_in) VALUES`
	sqlCrowdHeard = `INSERT INTO outbox (id, workspace_id, kind, address_id, topic_id, class, profile_id, state, outcome, run_at, created_at, finished_at) VALUES`
	sqlCrowdStops = `INSERT INTO suppression (id, workspace_id, channel, address_hash, kind, topic_id, event_id, source, created_at, expires_at) VALUES`
)

func (w *world) settleDown(c crowded) {
	w.Helper()
	flat := func(rows [][]any) (args []any) {
		for _, row := range rows {
			args = append(args, row...)
		}
		return args
	}
	w.write(func(ctx context.Context, tx *store.Tx) error {
		return errors.Join(
			tx.InsertRows(ctx, sqlCrowdContacts, "", 9, flat(c.contacts)),
			tx.InsertRows(ctx, sqlCrowdAddresses, "", 9, flat(c.addresses)),
			tx.InsertRows(ctx, sqlCrowdStates, "", 14, flat(c.states)),
			tx.InsertRows(ctx, sqlCrowdGrounds, "", 19, flat(c.grounds)),
			tx.InsertRows(ctx, sqlCrowdStops, "", 10, flat(c.stops)),
		)
	})
}

// oneByOne asks the gate about everybody.
func (w *world) oneByOne(c Campaign) *forecast {
	w.Helper()
	f := &forecast{book: w.Book, r: w.DB, campaign: c, counts: map[law.RuleID]int64{}, warned: map[law.RuleID]int64{}, now: w.clock()}
	w.everybody(c, 1<<40, func(alone []kind) {
		if err := f.judge(w.Context(), alone); err != nil {
			w.Fatal(err)
		}
	})
	return f
}

// everybody goes through a campaign's audience, up to a number.
func (w *world) everybody(c Campaign, most int, do func(alone []kind)) {
	w.Helper()
	who := contact.Audience{Workspace: c.Workspace, Topic: c.Topic, Channel: addr.Email}
	for after, seen := int64(0), 0; seen < most; {
		members := must(w.Contacts.Audience(w.Context(), w.DB, who, contact.Page{After: after, Limit: planBatch}))
		alone := make([]kind, len(members))
		for i, m := range members {
			alone[i], after = kind{1, m.Address, m.Address}, m.Address
		}
		do(alone)
		if seen += len(members); len(members) < planBatch {
			return
		}
	}
}

// agrees holds a forecast against the gate's answer for every single person, rule by
// rule and warning by warning.
func (w *world) agrees(c Campaign, when string) Forecast {
	w.Helper()
	want := w.oneByOne(c)
	got := must(w.Forecast(w.Context(), w.DB, c, 1<<20, w.clock()))
	if got.Asked != want.Asked || got.Allowed != want.counts[""] {
		w.Errorf("%s: %s, %+v: %d of %d, the gate lets %d of %d pass", when, c.Class, c.Part, got.Allowed, got.Asked, want.counts[""], want.Asked)
	}
	if got.Reach != want.Reach {
		w.Errorf("%s: %s, %+v: it reaches %v, not %v", when, c.Class, c.Part, got.Reach, want.Reach)
	}
	delete(want.counts, "")
	if reasons := ranked(want.counts); !slices.Equal(got.Reasons, reasons) {
		w.Errorf("%s: %s, %+v: %v, the gate says %v", when, c.Class, c.Part, got.Reasons, reasons)
	}
	if warnings := ranked(want.warned); !slices.Equal(got.Warnings, warnings) {
		w.Errorf("%s: %s, %+v: it warns of %v, the gate of %v", when, c.Class, c.Part, got.Warnings, warnings)
	}
	if !got.Complete {
		w.Errorf("%s: %s, %+v: not certain", when, c.Class, c.Part)
	}
	return got
}

// heardBefore puts earlier messages into the outbox, some of which count against what
// people chose, or as a request for a permission.
func (w *world) heardBefore(c crowded, r *rand.Rand) {
	w.Helper()
	at, day := store.Micros(w.now), int64(24*time.Hour/time.Microsecond)
	var args []any
	for _, row := range c.addresses {
		for n := range int64(one(r, 0, 0, 1, 2, 3)) {
			state, finished := one(r, 0, 1, 2, 3, 3, 3, 3, 4), int64(0)
			if state == 3 {
				finished = at - one(r, 7*day, int64(r.IntN(40))*day+int64(r.IntN(2)))
			}
			args = append(args, row[0].(int64)+3+n, w.ws.ID, "campaign", row[0], one(r, w.topic.ID, w.topic.ID, w.topic.ID+1),
				one(r, "ad", "ad", "consent_request", "tx"), w.topic.Profile, state, one(r, "", "delivered", "delivered", "failed", "uncertain"), 1, 1, finished)
		}
	}
	w.write(func(ctx context.Context, tx *store.Tx) error {
		return tx.InsertRows(ctx, sqlCrowdHeard, "", 12, args)
	})
}

// TestAForecastSaysWhatTheGateSays holds the count by kinds against the gate, for people
// of all kinds, before they are sorted and after.
func TestAForecastSaysWhatTheGateSays(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		crowd := w.mixed(firstOfCrowd, 3000, rand.New(rand.NewPCG(7, 11)))
		w.settleDown(crowd)
		w.heardBefore(crowd, rand.New(rand.NewPCG(5, 3)))
		w.agrees(w.draft(), "unsorted")
		if n := must(w.Consent.SortKinds(t.Context())); n != 3000 {
			t.Errorf("%d are sorted", n)
		}
		for _, class := range []compose.Class{compose.Ad, compose.ConsentRequest, compose.TxWithIncidentalAd, compose.Notice} {
			for i, part := range []Part{{}, {OnlyThose, law.US | law.CA}, {AllBut, law.US | law.CA}} {
				c := w.draft()
				c.Class, c.Part = class, part
				c.Measure.Promotes, c.Measure.Strips = i > 0, i > 1
				if f := w.agrees(c, "sorted"); f.Asked == 0 {
					t.Error("it is about nobody")
				}
			}
		}
	})
}

// TestAForecastAsksAboutKinds holds that a crowd as companies have it is answered for by
// few, and by as many however large it is.
func TestAForecastAsksAboutKinds(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.settleDown(w.usual(firstOfCrowd, 10_000, rand.New(rand.NewPCG(3, 5))))
		must(w.Consent.SortKinds(t.Context()))
		f := &forecast{book: w.Book, r: w.DB, campaign: w.draft(), now: w.now}
		s := must(f.sort(t.Context(), 1<<20))
		if len(s.kinds) > 3000 || len(s.alone) > 100 || s.overflow {
			t.Errorf("%d kinds, %d alone", len(s.kinds), len(s.alone))
		}
		w.agrees(f.campaign, "usual")
	})
}

// TestAForecastStopsWhereItMust holds that it asks about people of no kind up to a
// number and for a while, that both is told, and that it says nothing wrong.
func TestAForecastStopsWhereItMust(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	w.settleDown(w.mixed(firstOfCrowd, 300, rand.New(rand.NewPCG(1, 2))))
	all := w.oneByOne(w.draft())
	for sorted := range 2 {
		f := must(w.Forecast(t.Context(), w.DB, w.draft(), 20, w.now))
		if f.Complete || f.Asked == 0 || f.Asked >= all.Asked || f.Allowed > all.counts[""] {
			t.Errorf("%d: %+v", sorted, f)
		}
		for _, r := range f.Reasons {
			if r.Count > all.counts[r.Rule] {
				t.Errorf("%d: %s withholds %d, the gate says %d", sorted, r.Rule, r.Count, all.counts[r.Rule])
			}
		}
		must(w.Consent.SortKinds(t.Context()))
	}
	late, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	if f := must(w.Forecast(late, w.DB, w.draft(), 1<<20, w.now)); f.Complete || f.Asked != 0 {
		t.Errorf("%+v", f)
	}
	gone, stop := context.WithCancel(t.Context())
	stop()
	if _, err := w.Forecast(gone, w.DB, w.draft(), 1<<20, w.now); !errors.Is(err, context.Canceled) {
		t.Errorf("who is gone is answered: %v", err)
	}
}

// crowdSize is how many people the benchmark is about.
func crowdSize() int {
	if n, err := strconv.Atoi(os.Getenv("KYODAKU_BENCH_ROWS")); err == nil {
		return n
	}
	return 1_000_000
}

// BenchmarkForecast counts an audience of a million people, and asks the gate about some
// of them one by one beside it. Furnishing takes minutes; KYODAKU_BENCH_ROWS makes it
// smaller.
func BenchmarkForecast(b *testing.B) {
	for engine, open := range map[string]func(testing.TB) *store.DB{"sqlite": storetest.SQLite, "postgresql": storetest.PostgreSQL} {
		b.Run(engine, func(b *testing.B) {
			db := open(b)
			w := newWorld(b, db)
			n := crowdSize()
			r := rand.New(rand.NewPCG(3, 5))
			for made := 0; made < n; made += 20_000 {
				w.settleDown(w.usual(firstOfCrowd+int64(made)*10, 20_000, r))
			}
			began := time.Now()
			must(w.Consent.SortKinds(b.Context()))
			b.Logf("%d people were sorted in %v", n, time.Since(began))
			if err := db.Analyze(b.Context()); err != nil { // as after an import
				b.Fatal(err)
			}
			for _, class := range []compose.Class{compose.Ad, compose.ConsentRequest} {
				b.Run(string(class), func(b *testing.B) { w.measure(b, class) })
			}
			b.Run("answering", w.answerLarge)
		})
	}
}

// answerLarge times the buttons by which somebody answers for a large campaign: each asks
// about everybody anew.
func (w *world) answerLarge(b *testing.B) {
	legal := w.member(account.Legal)
	var approving, sending time.Duration
	for b.Loop() {
		c := w.draft()
		answer := w.answer(c, "宛先を確認")
		if len(answer.Shown) == 0 {
			b.Fatal("nothing is to be answered for")
		}
		began := time.Now()
		if err := w.Approve(b.Context(), legal, c, answer, w.now); err != nil {
			b.Fatal(err)
		}
		approving += time.Since(began)
		began = time.Now()
		if err := w.Send(b.Context(), w.owner, c, Launch{Hold: time.Hour}, w.now); err != nil {
			b.Fatal(err)
		}
		sending += time.Since(began)
	}
	b.ReportMetric(approving.Seconds()/float64(b.N), "s/approve")
	b.ReportMetric(sending.Seconds()/float64(b.N), "s/send")
}

func (w *world) measure(b *testing.B, class compose.Class) {
	c := w.draft()
	c.Class = class
	var got Forecast
	for b.Loop() {
		got = must(w.Forecast(b.Context(), w.DB, c, 1<<20, w.now))
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/forecast")
	b.ReportMetric(float64(got.Asked), "people")
	b.ReportMetric(float64(len(got.Reasons)), "rules")
	const some = 20_000
	f := &forecast{book: w.Book, r: w.DB, campaign: c, counts: map[law.RuleID]int64{}, warned: map[law.RuleID]int64{}, now: w.now}
	began := time.Now()
	w.everybody(c, some, func(alone []kind) {
		if err := f.judge(b.Context(), alone); err != nil {
			b.Fatal(err)
		}
	})
	b.ReportMetric(float64(f.Asked)/time.Since(began).Seconds(), "gate/s")
}
