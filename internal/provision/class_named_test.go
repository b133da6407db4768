package provision

import (
	"testing"

	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestARecipientIsToldByItsWholeName holds which names a list of recipients tells: a part of
// one is no name.
func TestARecipientIsToldByItsWholeName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		list, name string
		want       bool
	}{
		{"株式会社受領", "株式会社受領", true},
		{"株式会社受領", "株式会社無関係", false},
		{"株式会社受領", "株", false},
		{"株式会社受領", "受領", false},
		{"株式会社受領", "", false},
		{"", "株式会社受領", false},
		{"株式会社甲、株式会社乙", "株式会社乙", true},
		{"株式会社甲，株式会社乙", "株式会社甲", true},
		{"株式会社甲・株式会社乙", "株式会社甲", true},
		{"・株式会社甲\r\n・株式会社乙\r\n", "株式会社乙", true},
		{"株式会社甲／株式会社乙", "株式会社乙", true},
		{"株式会社甲及び株式会社乙", "株式会社乙", true},
		{"株式会社甲乙、株式会社甲", "株式会社甲", true},
		{"株式会社甲乙、丙株式会社甲", "株式会社甲", false},
		{"当社のグループ会社（株式会社甲、株式会社乙）", "株式会社乙", true},
		{"株式会社甲（広告の配信のため）", "株式会社甲", true},
		{"（株）受領", "株式会社受領", true},
		{"㈱受領", "（株）受領", true},
		{"（株）受領", "株", false},
		{"（株）受領", "受領", false},
		{"株式会社ジョン・スミス", "株式会社ジョン", false},
		{"ジョン・スミス", "スミス", false},
		{"ジョン・スミス", "ジョン・スミス", true},
		{"Alpha and Beta", "Beta", true},
		{"Alpha and Beta", "Alp", false},
		{"Ａｌｐｈａ　、 Beta", "Alpha", true},
		{"提携広告会社", "株式会社受領", false},
	} {
		i := Items{Terms: Terms{Recipients: Text{Ja: c.list}}}
		if got := i.names(c.name); got != c.want {
			t.Errorf("%q tells %q: %v", c.list, c.name, got)
		}
	}
}

// TestNobodyButWhoWasToldGetsDataByConsent holds that a consent given for one company serves no
// other (APPI 27(1)): neither one of another name nor one whose name is a part of it.
func TestNobodyButWhoWasToldGetsDataByConsent(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		p := h.consented()
		aoki := h.person("青木", "aoki@example.jp")
		h.agree(p, Agreement{Contact: aoki.ID, Given: true, Version: 1})
		for name, want := range map[string]string{"株式会社受領": "", "（株）受領": "", "株式会社無関係": "PRV-02 block", "株": "PRV-02 block"} {
			to := h.recipient(func(r *RecipientTerms) { r.Name = name })
			run, err := h.runs.Plan(t.Context(), h.planner, Plan{Workspace: h.ws, Programme: p.ID, Recipient: to.ID}, h.now)
			if err != nil {
				t.Fatal(err)
			}
			if got := h.ruleOfRun(run); got != want {
				t.Errorf("to %s: %q, want %q", name, got, want)
			}
			h.work(run.Job)
			if run = h.run(run.ID); (run.Counts.Provided == 1) != (want == "") {
				t.Errorf("to %s: %+v", name, run.Counts)
			}
		}
	})
}
