package provision

import (
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestNoNoticeBeforeItsWording holds the time between notice and start (APPI-R 11): a notice
// that nobody could read here until today does not count from a month ago. One that stood
// elsewhere may be dated back, and says where.
func TestNoNoticeBeforeItsWording(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		p := w.create(OptOut, complete())
		w.now = day("2026-10-01")
		w.freeze(p.ID) // even then: frozen is not published
		w.now = day("2026-11-14").Add(15 * time.Hour)
		on := day("2026-10-01")
		taken := func(s Step) error { return w.book.Take(t.Context(), clerk, p, 1, s, w.now) }
		for name, s := range map[string]Step{
			"dated back":            {Kind: Noticed, On: on, Evidence: "受付 1"},
			"the day before":        {Kind: Noticed, On: day("2026-11-13"), Evidence: "受付 1"},
			"elsewhere, but blank":  {Kind: Noticed, On: on, Evidence: "受付 1", Elsewhere: "　"},
			"elsewhere, no proof":   {Kind: Noticed, On: on, Elsewhere: "https://meibo.example.jp/notice"},
			"elsewhere, no address": {Kind: Noticed, On: on, Evidence: "受付 1", Elsewhere: "a\x00b"},
		} {
			if err := taken(s); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if len(w.read(p.ID).Versions[0].Steps) != 0 {
			t.Fatal("a notice of a month ago is stored")
		}
		if err := taken(Step{Kind: Noticed, On: on, Evidence: "紙面の控え 3", Elsewhere: "https://meibo.example.jp/notice"}); err != nil {
			t.Fatal(err)
		}
		got := w.read(p.ID).Versions[0].Steps[0]
		if got.Elsewhere != "https://meibo.example.jp/notice" || !got.On.Equal(on) {
			t.Errorf("stored: %+v", got)
		}
		if err := taken(Step{Kind: Filed, On: on.AddDate(0, 0, 2), Evidence: "受付 2"}); err != nil {
			t.Errorf("what followed elsewhere: %v", err)
		}
	})
}

// TestANoticeOfToday is one of the day on which the wording was frozen, whose midnight lies before.
func TestANoticeOfToday(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.now = day("2026-10-01").Add(15 * time.Hour)
		p := w.create(OptOut, complete())
		w.freeze(p.ID)
		if err := w.book.Take(t.Context(), clerk, p, 1, Step{Kind: Noticed, On: day("2026-10-01"), Evidence: "受付 1"}, w.now); err != nil {
			t.Fatal(err)
		}
		for _, f := range w.book.Findings(w.read(p.ID), day("2026-11-20")) {
			if f.Rule.ID == "PRV-05" && f.Rule.Effect == law.Block {
				t.Error("forty days were not enough")
			}
		}
	})
}
