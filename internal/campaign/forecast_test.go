package campaign

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

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
func (w *world) oneByOne(c Campaign) (map[law.RuleID]int64, int64) {
	w.Helper()
	f := &forecast{book: w.Book, campaign: c, counts: map[law.RuleID]int64{}, warned: map[law.RuleID]int64{}, now: w.now}
	if err := f.askAll(w.Context(), w.DB, 1<<40); err != nil {
		w.Fatal(err)
	}
	return f.counts, f.Asked
}

// TestAForecastSaysWhatTheGateSays holds the count by kinds against the gate's answer
// for every single person, rule by rule.
func TestAForecastSaysWhatTheGateSays(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.settleDown(w.mixed(firstOfCrowd, 3000, rand.New(rand.NewPCG(7, 11))))
		for _, class := range []compose.Class{compose.Ad, compose.TxWithIncidentalAd, compose.Notice} {
			for _, part := range []Part{{}, {OnlyThose, law.US | law.CA}, {AllBut, law.US | law.CA}} {
				c := w.draft()
				c.Class, c.Part = class, part
				want, asked := w.oneByOne(c)
				got := must(w.Forecast(t.Context(), w.DB, c, 1<<20, w.now))
				if got.Asked != asked || got.Allowed != want[""] || asked == 0 {
					t.Errorf("%s, %+v: %d of %d, the gate lets %d of %d pass", class, part, got.Allowed, got.Asked, want[""], asked)
				}
				delete(want, "")
				for _, r := range got.Reasons {
					if want[r.Rule] != r.Count {
						t.Errorf("%s, %+v: %s withholds %d, the gate says %d", class, part, r.Rule, r.Count, want[r.Rule])
					}
					delete(want, r.Rule)
				}
				if len(want) > 0 {
					t.Errorf("%s, %+v: not told: %v", class, part, want)
				}
				if !got.Complete {
					t.Errorf("%s, %+v: not certain", class, part)
				}
			}
		}
	})
}

// TestAForecastStopsWhereItMust holds that people of no kind are asked about up to a
// number, and that this is told.
func TestAForecastStopsWhereItMust(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	w.settleDown(w.mixed(firstOfCrowd, 300, rand.New(rand.NewPCG(1, 2))))
	if f := must(w.Forecast(t.Context(), w.DB, w.draft(), 2, w.now)); f.Complete || f.Asked == 0 {
		t.Errorf("%+v", f)
	}
	c := w.draft()
	c.Class = compose.ConsentRequest
	if f := must(w.Forecast(t.Context(), w.DB, c, 1<<20, w.now)); !f.Complete || f.Asked == 0 {
		t.Errorf("%+v", f)
	}
	who := contact.Audience{Workspace: w.ws.ID, Topic: w.topic.ID, Channel: addr.Email}
	if len(must(w.Contacts.Audience(t.Context(), w.DB, who, contact.Page{Limit: 5}))) != 5 {
		t.Error("nobody is there")
	}
}

// crowdSize is how many people the benchmark is about.
func crowdSize() int {
	if n, err := strconv.Atoi(os.Getenv("KYODAKU_BENCH_ROWS")); err == nil {
		return n
	}
	return 1_000_000
}

// BenchmarkForecast counts an audience of a million people. Furnishing
// it takes minutes; KYODAKU_BENCH_ROWS makes it smaller.
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
			c := w.draft()
			for b.Loop() {
				f := must(w.Forecast(b.Context(), db, c, 1<<20, w.now))
				b.ReportMetric(float64(f.Asked), "people")
				b.ReportMetric(float64(len(f.Reasons)), "rules")
			}
		})
	}
}
