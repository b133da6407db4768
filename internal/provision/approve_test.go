package provision

import (
	"slices"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestOnlyWhoWasApprovedIsProvided holds that who comes after the count that was approved is not
// provided, that who goes is let go, and that an erasure leaves the rest of the count as it was.
func TestOnlyWhoWasApprovedIsProvided(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		p, to := h.running(), h.recipient()
		h.person("青木", "aoki@example.jp")
		gone := h.person("大野", "ono@example.jp")
		h.person("江口", "eguchi@example.jp")
		run := h.planned(Plan{Programme: p.ID, Recipient: to.ID})
		h.erase(gone.ID)
		h.stop("eguchi@example.jp", 0)
		for range 5 {
			h.person("上田", "")
		}
		if err := h.runs.Approve(t.Context(), h.other, Approval{Workspace: h.ws, Run: run.ID}, h.now); err != nil {
			t.Fatal(err)
		}
		h.work(h.run(run.ID).Job)
		if got := h.download(h.run(run.ID)); got != "氏名,勤務先\n青木,青木商店\n" {
			t.Errorf("%q", got)
		}
		h.wantCounts(run.ID, Counts{Seen: 2, Provided: 1}, "PRV-07 1")
	})
}

// TestAnOldCountIsMadeAnew holds that a count is approved only for a day; then people are counted
// anew, and nothing is prepared before somebody approved that.
func TestAnOldCountIsMadeAnew(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		p, to := h.running(), h.recipient()
		h.person("青木", "aoki@example.jp")
		run := h.planned(Plan{Programme: p.ID, Recipient: to.ID})
		h.person("上田", "ueda@example.jp")
		h.now = h.now.Add(countStands + time.Minute)
		h.refused(h.runs.Approve(t.Context(), h.planner, Approval{Workspace: h.ws, Run: run.ID}, h.now), "provision.run.second")
		if got := h.run(run.ID); got.State != Planned {
			t.Errorf("who may not approve has it counted anew: %s", got.State)
		}
		h.refused(h.runs.Approve(t.Context(), h.other, Approval{Workspace: h.ws, Run: run.ID}, h.now), "provision.run.look_again")
		if got := h.run(run.ID); got.State != Counting || len(got.Preview.Rows) != 0 || !got.ApprovedAt.IsZero() {
			t.Errorf("%+v", got)
		}
		h.work(h.run(run.ID).Job)
		old := Approval{Workspace: h.ws, Run: run.ID, Seen: run.CountedAt()}
		h.refused(h.runs.Approve(t.Context(), h.other, old, h.now), "provision.run.count_unseen")
		if got := h.run(run.ID); got.State != Planned || got.Counts.Provided != 2 || len(got.Preview.Rows) != 2 {
			t.Errorf("%+v", got)
		}
		if err := h.runs.Approve(t.Context(), h.other, Approval{Workspace: h.ws, Run: run.ID}, h.now); err != nil {
			t.Fatal(err)
		}
		h.work(h.run(run.ID).Job)
		h.wantCounts(run.ID, Counts{Seen: 2, Provided: 2})
	})
}

// TestWhoComesInByARuleStopsThePreparation holds that a data set goes no further when somebody is in
// whom the count that was approved left out, even where as many went out.
func TestWhoComesInByARuleStopsThePreparation(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		p, to := h.consented(), h.recipient()
		aoki, ueda, eguchi := h.person("青木", "aoki@example.jp"), h.person("上田", "ueda@example.jp"), h.person("江口", "eguchi@example.jp")
		h.agree(p, Agreement{Contact: aoki.ID, Given: true}, Agreement{Contact: ueda.ID, Given: true})
		run := h.planned(Plan{Programme: p.ID, Recipient: to.ID})
		h.now = h.now.Add(time.Hour)
		h.agree(p, Agreement{Contact: ueda.ID}, Agreement{Contact: eguchi.ID, Given: true})
		if err := h.runs.Approve(t.Context(), h.other, Approval{Workspace: h.ws, Run: run.ID}, h.now); err != nil {
			t.Fatal(err)
		}
		h.work(h.run(run.ID).Job)
		if got := h.run(run.ID); got.State != Broken || got.Error != "provision.run.others" {
			t.Errorf("%s %s", got.State, got.Error)
		}
		h.refused(h.runs.Download(t.Context(), h.other, h.ws, run.ID, nil, h.now), "provision.run.state")
		h.wantTraces(eguchi.ID, 0)
	})
}

// TestACensusTellsWhoIsNew holds that a census tells somebody new among many who went, and nothing
// of those who stayed.
func TestACensusTellsWhoIsNew(t *testing.T) {
	t.Parallel()
	of := func(ids ...int64) (c census) {
		for _, id := range ids {
			c.add([]byte("salt"), id)
		}
		return c
	}
	var all []int64
	for id := range int64(1000) {
		all = append(all, id+1)
	}
	count := of(all...)
	for name, c := range map[string]struct {
		now  census
		want bool
	}{
		"nobody":        {nil, true},
		"all":           {of(all...), true},
		"in two parts":  {of(all[:400]...).plus(nil).plus(of(all[400:]...)), true},
		"some went":     {of(all[:990]...), true},
		"one came":      {of(append(slices.Clone(all), 1001)...), false},
		"one for one":   {of(append(slices.Clone(all[1:]), 1001)...), false},
		"one for a few": {of(append(slices.Clone(all[5:]), 1001)...), false},
	} {
		if got := c.now.within(count); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
	if of(1).within(nil) {
		t.Error("somebody is among nobody")
	}
}
