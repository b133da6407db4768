package provision

import (
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestOnOneDayTheWithdrawalCounts holds that of words of one day (in Japan) the withdrawal counts,
// in whatever order they were written down, unless the time of day is known of both.
func TestOnOneDayTheWithdrawalCounts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		p, to := h.consented(), h.recipient()
		h.now = day("2026-10-05")
		at := func(hour int) time.Time { return day("2026-10-03").Add(time.Duration(hour) * time.Hour) }
		say := func(id int64, on time.Time, given bool) {
			t.Helper()
			w := Agreement{Contact: id, Given: given, On: on, Evidence: "申込書"}
			if err := h.runs.Agree(t.Context(), h.planner, p, []Agreement{w}, h.now); err != nil {
				t.Fatal(err)
			}
		}
		want := int64(0)
		for family, c := range map[string]struct {
			yes, no time.Time
			stands  bool
		}{
			"青木": {yes: at(0), no: at(0)},
			"上田": {yes: at(15), no: at(0)},
			"江口": {yes: at(0), no: at(10)},
			"大野": {yes: at(15), no: at(15)},
			"加藤": {yes: at(15), no: at(10), stands: true},
			"木村": {yes: at(0), no: at(-1), stands: true},
			"久保": {yes: at(0), no: at(-24), stands: true},
		} {
			for order, yesFirst := range map[string]bool{"甲": true, "乙": false} {
				one := h.person(family+order, family+order+"@example.jp")
				if yesFirst {
					say(one.ID, c.yes, true)
				}
				say(one.ID, c.no, false)
				if !yesFirst {
					say(one.ID, c.yes, true)
				}
				words, err := h.runs.WordsOf(t.Context(), db, h.ws, one.ID)
				if err != nil {
					t.Fatal(err)
				}
				if got := words[0].Stands(words) || words[1].Stands(words); got != c.stands {
					t.Errorf("%s%s stands: %v", family, order, got)
				}
				if c.stands {
					want++
				}
			}
		}
		if n, err := h.runs.Consented(t.Context(), db, p); err != nil || n != want {
			t.Errorf("%d consent, want %d, %v", n, want, err)
		}
		later, dated := h.person("後藤", "goto@example.jp"), h.person("佐野", "sano@example.jp")
		say(later.ID, at(15), true)
		say(dated.ID, at(0), true)
		run := h.prepared(Plan{Programme: p.ID, Recipient: to.ID})
		if run.Counts.Provided != want+2 {
			t.Errorf("%+v, want %d", run.Counts, want+2)
		}
		say(later.ID, at(10), false)
		say(dated.ID, at(0), false)
		h.download(run)
		recs, err := h.runs.Records(t.Context(), db, RecordQuery{Workspace: h.ws, Run: run.ID})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range recs {
			if out := r.LeftOut != ""; out != (r.Contact == dated.ID) {
				t.Errorf("%d left out: %v", r.Contact, out)
			}
		}
	})
}
