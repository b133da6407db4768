package provision

import (
	"slices"
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

// TestAChangeWaitsForItsDay holds that a version announced for a later day leaves the provision
// that goes on as it is until then: its state, what the rules say, what the page shows, and by
// what a run is planned.
func TestAChangeWaitsForItsDay(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		p := w.create(OptOut, complete())
		w.freeze(p.ID)
		course := func(version int, on string) {
			w.now = day(on)
			w.take(p.ID, version, "noticed", on, "filed", on, "published_by_ppc", on, "published_by_us", on)
		}
		course(1, "2026-10-10")
		w.now = day("2026-12-01")
		w.edit(p.ID, func(i *Items) { i.Start, i.Method = "2027-02-01", Text{Ja: "書面"} })
		w.freeze(p.ID)
		course(2, "2026-12-06")
		for on, want := range map[string]int{"2026-12-07": 1, "2027-01-31": 1, "2027-02-01": 2} {
			at := day(on)
			p = w.read(p.ID)
			n, err := w.book.Notice(t.Context(), p.Public(), at)
			if err != nil || n.Now.Number != want || (n.Coming != nil) != (want == 1) {
				t.Errorf("%s: the page shows version %d, coming %v, %v", on, n.Now.Number, n.Coming, err)
			}
			if v := p.providing(at); v == nil || v.Number != want || p.State(at) != Running {
				t.Errorf("%s: by %+v, %s", on, v, p.State(at))
			}
			if found := w.rules(p.ID, at); len(found) != 0 {
				t.Errorf("%s: found %v", on, found)
			}
			if d := p.Differences(at); len(d) != 0 {
				t.Errorf("%s: differences %+v", on, d)
			}
			if open := slices.Contains(p.Open(at), 1); open != (want == 1) {
				t.Errorf("%s: open %v", on, p.Open(at))
			}
		}
		w.take(p.ID, 1, "ended", "2026-12-20")
		if got := w.read(p.ID).State(w.now); got != WaitingForStart {
			t.Errorf("the first ended, the second is to come: %s", got)
		}
	})
}

// TestAChangeOfItem1GoesOn holds that a programme stays what it was while a change that may be
// announced afterwards is not announced yet: nobody reads that nothing is provided.
func TestAChangeOfItem1GoesOn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		p := w.create(OptOut, complete())
		w.freeze(p.ID)
		w.take(p.ID, 1, filingDays...)
		w.edit(p.ID, func(i *Items) { i.Address = "大阪市北区1-1" })
		w.freeze(p.ID)
		p = w.read(p.ID)
		for on, want := range map[string]State{"2026-11-14": WaitingForStart, "2026-11-15": Running} {
			if got := p.State(day(on)); got != want || p.Serving(day(on)).Number != 2 {
				t.Errorf("%s: %s by version %d, want %s", on, got, p.Serving(day(on)).Number, want)
			}
		}
	})
}
