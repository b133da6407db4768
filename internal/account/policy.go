package account

import (
	"context"
	"regexp"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/store"
)

// Policy is what a company told of itself for the law, and how strictly it sends.
// Countries are ISO 3166-1 codes of two letters.
type Policy struct {
	// Country is where the company is, Equipment where its servers stand (SEMA 2(ii)).
	Country   string `json:"country"`
	Equipment string `json:"equipment"`
	// Market is the only country that it has customers in; empty if it has not said so,
	// and then a person of unknown country gets the strictest law (rule SCOPE-03).
	Market string `json:"market,omitempty"`
	// ConsentOnly sends advertising only to those who consented (rule BASIS-11). It is on
	// for new companies.
	ConsentOnly bool `json:"consent_only"`
	// MailOrder says that mail order is advertised (rule BASIS-10), Charity that it is one
	// under the law of the United Kingdom (UK-01), Bundled that consents, records and
	// labels are entrusted to it as one (ADM-01).
	MailOrder bool `json:"mail_order"`
	Charity   bool `json:"charity"`
	Bundled   bool `json:"bundled"`
	// AgeingMonths is after how many months without a sign of life people are asked once
	// whether mail is still wanted; without an answer their permission rests. 0 is never.
	AgeingMonths int `json:"ageing_months"`
}

// Policy reads a workspace's policy.
func (b *Book) Policy(ctx context.Context, r store.Reader, workspace int64) (Policy, error) {
	var p Policy
	err := r.QueryRow(ctx, sqlLawPolicy, workspace).
		Scan(&p.Country, &p.Equipment, &p.Market, &p.ConsentOnly, &p.MailOrder, &p.Charity, &p.Bundled, &p.AgeingMonths)
	return p, failed("policy", err)
}

var countryForm = regexp.MustCompile(`^[A-Z]{2}$`)

// The bounds of Policy.AgeingMonths. Who was silent for less is not silent yet.
const leastAgeing, mostAgeing = 6, 60

// SetPolicy changes a workspace's policy. Countries may be typed in small letters; one
// that is none is fault.Invalid in its field (country, equipment, market, ageing_months).
func (b *Book) SetPolicy(ctx context.Context, by By, workspace int64, p Policy, now time.Time) error {
	var c checker
	for _, x := range [...]struct {
		field  string
		value  *string
		needed bool
	}{{"country", &p.Country, true}, {"equipment", &p.Equipment, true}, {"market", &p.Market, false}} {
		*x.value = strings.ToUpper(strings.TrimSpace(*x.value))
		if (x.needed || *x.value != "") && !countryForm.MatchString(*x.value) {
			c.bad(x.field, "law_answer.policy.bad_country")
		}
	}
	if p.AgeingMonths != 0 && (p.AgeingMonths < leastAgeing || p.AgeingMonths > mostAgeing) {
		c.bad("ageing_months", "law_answer.policy.bad_ageing", "Least", leastAgeing, "Most", mostAgeing)
	}
	if err := c.fields.Err(); err != nil {
		return err
	}
	err := b.db.Write(ctx, func(tx *store.Tx) error {
		if err := require(ctx, tx, by, workspace, ManageSettings); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, sqlSetLawPolicy, p.Country, p.Equipment, p.Market, p.ConsentOnly, p.MailOrder, p.Charity, p.Bundled, p.AgeingMonths, workspace)
		if err != nil {
			return err
		}
		return note(ctx, tx, by, Entry{Workspace: workspace, Action: "workspace.policy", Subject: Subject{"workspace", workspace}, Detail: p}, now)
	})
	return failed("set policy", err)
}
