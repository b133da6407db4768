package gate

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// change makes rows other than they are.
func (w *world) set(query string, args ...any) {
	w.Helper()
	w.change(func(ctx context.Context, tx *store.Tx) (int64, error) { return testExec(ctx, tx, query, args...) })
}

// testExec runs one of the few statements below, which differ in one column each.
func testExec(ctx context.Context, tx *store.Tx, query string, args ...any) (int64, error) {
	switch query {
	case "non_profit":
		return tx.Exec(ctx, `UPDATE workspace SET non_profit = ? WHERE id = ?`, args...)
	case "mail_order":
		return tx.Exec(ctx, `UPDATE workspace SET mail_order = ? WHERE id = ?`, args...)
	case "consent_only":
		return tx.Exec(ctx, `UPDATE workspace SET consent_only = ? WHERE id = ?`, args...)
	case "bundled":
		return tx.Exec(ctx, `UPDATE workspace SET bundled = ? WHERE id = ?`, args...)
	case "market":
		return tx.Exec(ctx, `UPDATE workspace SET market = ? WHERE id = ?`, args...)
	case "postal_address":
		return tx.Exec(ctx, `UPDATE sender_profile SET postal_address = ? WHERE id = ?`, args...)
	case "from_address":
		return tx.Exec(ctx, `UPDATE sender_profile SET from_address = ? WHERE id = ?`, args...)
	case "channel":
		return tx.Exec(ctx, `UPDATE address SET channel = ? WHERE id = ?`, args...)
	case "domain":
		return tx.Exec(ctx, `UPDATE address SET domain = ? WHERE id = ?`, args...)
	case "spf":
		return tx.Exec(ctx, `UPDATE sending_domain SET spf = ? WHERE workspace_id = ?`, args...)
	case "ptr":
		return tx.Exec(ctx, `UPDATE sending_domain SET ptr = ? WHERE workspace_id = ?`, args...)
	case "reach":
		return tx.Exec(ctx, `UPDATE sending_domain SET reach = ? WHERE workspace_id = ?`, args...)
	case "ptr_at":
		return tx.Exec(ctx, `UPDATE sending_domain SET ptr_at = ? WHERE workspace_id = ?`, args...)
	case "reach_at":
		return tx.Exec(ctx, `UPDATE sending_domain SET reach_at = ? WHERE workspace_id = ?`, args...)
	case "spf_at":
		return tx.Exec(ctx, `UPDATE sending_domain SET spf_at = ? WHERE workspace_id = ?`, args...)
	case "mixed":
		return tx.Exec(ctx, `UPDATE sending_domain SET mixed = ? WHERE workspace_id = ?`, args...)
	default:
		return tx.Exec(ctx, `INSERT INTO workspace_figure (workspace_id, complaints, delivered, unknown_rate, refusal_seconds, unknown_lane, counted_at) VALUES (?, ?, ?, ?, ?, 'docomo', 1)`, args...)
	}
}

// living gives an address a person in a country.
func (w *world) living(address int64, country, company string) {
	w.Helper()
	w.write(func(ctx context.Context, tx *store.Tx) error {
		id, err := tx.NewID(ctx)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO contact (id, workspace_id, family_name, country, company, created_at, updated_at) VALUES (?, ?, 'Yamada', ?, ?, 1, 1)`, id, w.ws, country, company); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE address SET contact_id = ? WHERE id = ?`, id, address)
		return err
	})
}

// based makes an address with a permission from a file, in a country.
func (w *world) based(country string, b contact.Basis, f *contact.BasisFacts) int64 {
	w.Helper()
	id := w.stranger()
	w.living(id, country, "")
	w.write(func(ctx context.Context, tx *store.Tx) error {
		return w.people.Imported(ctx, tx, []contact.Grant{{
			Workspace: w.ws, Address: id, Topics: []int64{w.topic}, Basis: b, At: w.clock.read(), ReceivedAt: w.clock.read(), Source: "展示会", Evidence: "12", Facts: f,
		}})
	})
	return id
}

// finding is a story in which a rule is found, as a block, a warning or for the record.
type finding struct {
	rule   law.RuleID
	effect law.Effect
	tell   func(w *world) (Request, Audience)
}

// plain asks about an advertisement without more.
func plain(tell func(w *world) int64) func(w *world) (Request, Audience) {
	return func(w *world) (Request, Audience) { return w.ad(tell(w)), Audience{} }
}

func findings() map[string]finding {
	from := func(country string, b contact.Basis, f *contact.BasisFacts) func(w *world) (Request, Audience) {
		return plain(func(w *world) int64 { return w.based(country, b, f) })
	}
	with := func(column string, value any) func(w *world) (Request, Audience) {
		return plain(func(w *world) int64 { w.set(column, value, w.ws); return w.reader() })
	}
	refusing := func(country, channel string, c law.Class, strips bool) func(w *world) (Request, Audience) {
		return func(w *world) (Request, Audience) {
			id := w.reader()
			w.living(id, country, "")
			w.record(w.event(id, consent.ActionWithdrawn))
			w.set("channel", channel, id)
			return Request{Address: id, Topic: w.topic, Class: c}, Audience{StripsAds: strips}
		}
	}
	silent := func(column string, since time.Duration) func(w *world) (Request, Audience) {
		return plain(func(w *world) int64 {
			w.set(column, store.Micros(w.clock.read().Add(-since)), w.ws)
			return w.reader()
		})
	}
	figures := func(complaints, delivered, unknown, seconds int64) func(w *world) (Request, Audience) {
		return plain(func(w *world) int64 {
			w.set("figures", w.ws, complaints, delivered, unknown, seconds)
			return w.reader()
		})
	}
	day := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	return map[string]finding{
		"a country that nothing tells": {"SCOPE-03", law.Record, plain(func(w *world) int64 { id := w.reader(); w.set("domain", "example.com", id); return id })},
		"a non-profit without address": {"SCOPE-04", law.Warn, plain(func(w *world) int64 {
			w.set("non_profit", true, w.ws)
			w.set("postal_address", "", w.profile)
			return w.reader()
		})},
		"a bill without its advertisement": {"OUT-03", law.Warn, refusing("JP", "email", law.TxWithIncidentalAd, true)},
		"a German who objected":            {"RGT-04", law.Block, refusing("DE", "email", law.Ad, false)},
		"consent to another company":       {"BASIS-02", law.Block, from("JP", contact.Consent, &contact.BasisFacts{Entity: "株式会社よそ"})},
		"business with another company":    {"BASIS-05", law.Block, from("JP", contact.Relationship, &contact.BasisFacts{Counterparty: "株式会社よそ"})},
		"business with nobody knows whom":  {"BASIS-05", law.Warn, from("JP", contact.Relationship, nil)},
		"business a year ago":              {"BASIS-06", law.Warn, from("JP", contact.Relationship, &contact.BasisFacts{LastTransaction: day.AddDate(-1, -1, 0)})},
		"a page that declines":             {"BASIS-08", law.Block, from("JP", contact.Published, &contact.BasisFacts{PageCaptured: day, PageRefuses: true})},
		"a page that nobody looked at":     {"BASIS-08", law.Warn, from("JP", contact.Published, nil)},
		"mail order on a card": {"BASIS-10", law.Block, plain(func(w *world) int64 {
			w.set("mail_order", true, w.ws)
			return w.based("JP", contact.Notified, nil)
		})},
		"consent alone": {"BASIS-11", law.Block, plain(func(w *world) int64 {
			w.set("consent_only", true, w.ws)
			return w.based("JP", contact.Notified, nil)
		})},
		"a request to who refused": {"BASIS-13", law.Block, refusing("JP", "email", law.ConsentRequest, false)},
		"a Canadian card":          {"BASIS-14", law.Block, from("CA", contact.Notified, nil)},
		"an old Canadian purchase": {"CA-01", law.Block, from("CA", contact.Relationship, &contact.BasisFacts{Implied: "purchase", LastTransaction: day.AddDate(-3, 0, 0)})},
		"a Canadian page":          {"CA-02", law.Block, from("CA", contact.Published, &contact.BasisFacts{Implied: "published", PageCaptured: day})},
		"an Australian page":       {"AU-01", law.Block, from("AU", contact.Published, &contact.BasisFacts{PageCaptured: day})},
		"a charity that is none":   {"UK-01", law.Block, from("GB", contact.Notified, &contact.BasisFacts{Charity: true, RefusalOffered: true})},
		"a bare German consent":    {"DE-01", law.Block, from("DE", contact.Consent, nil)},
		"a bare French consent":    {"EU-01", law.Block, from("FR", contact.Consent, nil)},
		"a bare Canadian consent":  {"BASIS-14", law.Block, from("CA", contact.Consent, &contact.BasisFacts{Document: "会員表"})},
		"a German card":            {"DE-01", law.Block, from("DE", contact.Notified, nil)},
		"a French card":            {"EU-01", law.Block, from("FR", contact.Notified, nil)},
		"a Frenchman who is watched": {"TRK-01", law.Block, func(w *world) (Request, Audience) {
			id := w.reader()
			w.living(id, "FR", "")
			return w.ad(id), Audience{Tracks: true}
		}},
		"four megabytes to au": {"DLV-03", law.Block, func(w *world) (Request, Audience) {
			id := w.reader()
			w.set("domain", "ezweb.ne.jp", id)
			return w.ad(id), Audience{Kilobytes: 4000}
		}},
		"two megabytes to SoftBank": {"DLV-03", law.Warn, func(w *world) (Request, Audience) {
			id := w.reader()
			w.set("domain", "i.softbank.jp", id)
			return w.ad(id), Audience{Kilobytes: 2000}
		}},
		"a year of silence": {"DLV-06", law.Warn, plain(func(w *world) int64 { id := w.reader(); w.clock.move(370 * 24 * time.Hour); return id })},
		"entrusted as one":  {"ADM-01", law.Record, with("bundled", true)},
		"who blocked us":    {"LINE-01", law.Block, refusing("JP", "line", law.Ad, false)},
		"a LINE account joined with an address": {"LINE-02", law.Block, plain(func(w *world) int64 {
			id, other := w.reader(), w.stranger()
			w.living(id, "JP", "")
			w.change(func(ctx context.Context, tx *store.Tx) (int64, error) {
				return tx.Exec(ctx, `UPDATE address SET contact_id = (SELECT contact_id FROM address WHERE id = ?) WHERE id = ?`, id, other)
			})
			w.set("channel", "line", id)
			return id
		})},
		"an SMS at night": {"TIME-01", law.Warn, plain(func(w *world) int64 {
			id := w.reader()
			w.living(id, "JP", "")
			w.set("channel", "sms", id)
			w.clock.move(8 * time.Hour) // 22:00 in Japan
			return id
		})},
		"SPF that fails":                      {"ID-02", law.Block, with("spf", "fail")},
		"no name that leads back":             {"ID-03", law.Block, with("ptr", "fail")},
		"a domain without MX or A":            {"ID-05", law.Block, with("reach", "missing")},
		"no answer about the name for a day":  {"ID-03", law.Block, silent("ptr_at", law.Fresh)},
		"no answer about MX and A for a day":  {"ID-05", law.Block, silent("reach_at", law.Fresh)},
		"no answer about SPF alone for a day": {"ID-05", law.Block, silent("spf_at", law.Fresh)},
		"a freemail From":                     {"ID-06", law.Block, plain(func(w *world) int64 { w.set("from_address", "cafe@gmail.com", w.profile); return w.reader() })},
		"too many complaints":                 {"DLV-01", law.Block, figures(40, 10_000, 0, 0)},
		"many complaints":                     {"DLV-01", law.Warn, figures(15, 10_000, 0, 0)},
		"unknown addresses":                   {"DLV-04", law.Block, figures(0, 10_000, 20_000, 0)},
		"refusals that take days":             {"OUT-09", law.Block, figures(0, 10_000, 0, 3*24*3600)},
		"all mail from one domain":            {"DLV-05", law.Warn, with("mixed", true)},
	}
}

// TestEveryFindingIsReachedFromRealRows holds the rules that TestEveryRuleIsReached…
// does not: those of other countries, warnings, and what is only recorded.
func TestEveryFindingIsReachedFromRealRows(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for name, c := range findings() {
			t.Run(name, func(t *testing.T) {
				w := newWorld(t, db)
				q, a := c.tell(w)
				a.Workspace, a.Profile, a.Stage = w.ws, w.profile, Planned
				d, err := w.gate.Admit(t.Context(), db, a, []Request{q}, w.clock.read())
				if err != nil {
					t.Fatal(err)
				}
				found := d[0].Verdict.Findings()
				if !slices.ContainsFunc(found, func(f law.Finding) bool { return f.Rule.ID == c.rule && f.Rule.Effect == c.effect }) {
					t.Errorf("%s (%s) is not among %v", c.rule, c.effect, ruleIDs(found))
				}
				if c.effect == law.Block && d[0].Refusal == nil {
					t.Error("it was admitted")
				}
			})
		}
	})
}

// TestAnExpressConsentFromAFileCounts where the law asks for one, and so does a double opt-in
// elsewhere; in Japan a consent that a file tells of is enough.
func TestAnExpressConsentFromAFileCounts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		requests := []Request{
			w.ad(w.based("DE", contact.Consent, &contact.BasisFacts{Express: true})),
			w.ad(w.based("CA", contact.Consent, &contact.BasisFacts{Express: true})),
			w.ad(w.based("DE", contact.Consent, &contact.BasisFacts{DoubleOptIn: true})),
			w.ad(w.based("JP", contact.Consent, nil)),
		}
		d, err := w.gate.Admit(t.Context(), db, Audience{Workspace: w.ws, Profile: w.profile, Stage: Planned}, requests, w.clock.read())
		if err != nil {
			t.Fatal(err)
		}
		for i := range d {
			if no := d[i].Refusal; no != nil {
				t.Errorf("person %d: %s", i, no.Rule)
			}
		}
	})
}

// TestAnAnswerOfTodayCounts: a mark grows old by the day, not by the missed look.
func TestAnAnswerOfTodayCounts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		for _, column := range [...]string{"ptr_at", "reach_at", "spf_at"} {
			w.set(column, store.Micros(w.clock.read().Add(time.Second-law.Fresh)), w.ws)
		}
		q := w.ad(w.reader())
		d, err := w.gate.Admit(t.Context(), db, Audience{Workspace: w.ws, Profile: w.profile, Stage: Planned}, []Request{q}, w.clock.read())
		if err != nil || d[0].Refusal != nil {
			t.Errorf("%v, %v", d[0].Refusal, err)
		}
	})
}

func ruleIDs(found law.Findings) (ids []law.RuleID) {
	for _, f := range found {
		ids = append(ids, f.Rule.ID)
	}
	return ids
}
