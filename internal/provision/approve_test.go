package provision

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/job"
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

// TestWhoComesInByARuleIsLeftOut holds that nobody is in a data set whom the count that was approved
// left out, even where as many went out, and that the list of who was counted goes with its use.
func TestWhoComesInByARuleIsLeftOut(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		h.runs.page = 2
		p, to := h.consented(), h.recipient()
		aoki, ueda, eguchi := h.person("青木", "aoki@example.jp"), h.person("上田", "ueda@example.jp"), h.person("江口", "eguchi@example.jp")
		h.agree(p, Agreement{Contact: aoki.ID, Given: true}, Agreement{Contact: ueda.ID, Given: true})
		run := h.planned(Plan{Programme: p.ID, Recipient: to.ID})
		h.wantRoll(run.ID, aoki.ID, ueda.ID)
		h.now = h.now.Add(time.Hour)
		h.agree(p, Agreement{Contact: ueda.ID}, Agreement{Contact: eguchi.ID, Given: true})
		if err := h.runs.Approve(t.Context(), h.other, Approval{Workspace: h.ws, Run: run.ID}, h.now); err != nil {
			t.Fatal(err)
		}
		h.work(h.run(run.ID).Job)
		h.wantCounts(run.ID, Counts{Seen: 3, Provided: 1}, "PRV-02 1", "PRV-24 1")
		if got := h.download(h.run(run.ID)); strings.Contains(got, "江口") || !strings.Contains(got, "青木") {
			t.Errorf("%q", got)
		}
		h.wantTraces(eguchi.ID, 0)
		h.wantRoll(run.ID)
	})
}

// TestNobodyIsOnTheListOfARunThatCameToNothing: neither discarded, nor counted anew, nor failed.
func TestNobodyIsOnTheListOfARunThatCameToNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		p, to := h.running(), h.recipient()
		aoki := h.person("青木", "aoki@example.jp")
		run := h.planned(Plan{Programme: p.ID, Recipient: to.ID})
		h.stop("aoki@example.jp", 0)
		ueda := h.person("上田", "ueda@example.jp")
		h.wantRoll(run.ID, aoki.ID)
		h.now = h.now.Add(countStands + time.Minute)
		h.refused(h.runs.Approve(t.Context(), h.other, Approval{Workspace: h.ws, Run: run.ID}, h.now), "provision.run.look_again")
		h.work(h.run(run.ID).Job)
		h.wantRoll(run.ID, ueda.ID)
		if err := h.runs.Discard(t.Context(), h.planner, h.ws, run.ID, "宛先の誤り", h.now); err != nil {
			t.Fatal(err)
		}
		h.wantRoll(run.ID)
	})
}

// TestACountThatIsDiscardedNotesNobody: a count that is at work while its run is discarded leaves no
// list behind.
func TestACountThatIsDiscardedNotesNobody(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		run, err := h.runs.Plan(t.Context(), h.planner, Plan{Workspace: h.ws, Programme: h.running().ID, Recipient: h.recipient().ID}, h.now)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.runs.Discard(t.Context(), h.planner, h.ws, run.ID, "宛先の誤り", h.now); err != nil {
			t.Fatal(err)
		}
		h.jobs.Register("late", func(ctx context.Context, j *job.Run) error { // the rest of a count that had begun before
			r := roll{run: run.ID}
			return r.note(ctx, db, j, &sheaf{people: []int64{7}}, 1)
		})
		var late int64
		h.write(func(tx *store.Tx) (err error) {
			late, err = h.jobs.Enqueue(t.Context(), tx, job.New{Workspace: h.ws, Kind: "late"})
			return err
		})
		h.work(late)
		if j, err := job.Get(t.Context(), db, h.ws, late); err != nil || j.State != job.Stopped {
			t.Errorf("%s, %v", j.State, err)
		}
		h.wantRoll(run.ID)
	})
}

// wantRoll compares who is on the list of a run.
func (h *hall) wantRoll(run int64, want ...int64) {
	h.Helper()
	rows, err := h.book.db.Query(h.Context(), `SELECT people FROM provision_roll WHERE run_id = ? ORDER BY last`, run)
	if err != nil {
		h.Fatal(err)
	}
	defer rows.Close()
	var got []int64
	for rows.Next() {
		var part []byte
		if err := rows.Scan(&part); err != nil {
			h.Fatal(err)
		}
		if got, err = unpacked(got, part); err != nil {
			h.Fatal(err)
		}
	}
	if !slices.Equal(got, want) || rows.Err() != nil {
		h.Errorf("on the list: %v, not %v (%v)", got, want, rows.Err())
	}
}

// TestARollKnowsWhoIsOnIt holds that people are found in every part of a list, between two of them
// nobody is, and a part that is cut off is an error.
func TestARollKnowsWhoIsOnIt(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for _, part := range [][]int64{{3, 4, 1 << 40}, {1<<40 + 7}} {
			if err := db.Write(t.Context(), func(tx *store.Tx) error {
				_, err := tx.Exec(t.Context(), sqlAddToRoll, 1, part[len(part)-1], packed(part))
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		r := roll{run: 1}
		asked := []int64{1, 3, 4, 5, 1 << 40, 1<<40 + 1, 1<<40 + 7, 1<<40 + 8, 1<<40 + 9}
		people := make([]contact.Person, len(asked))
		for i, id := range asked {
			people[i].ID = id
		}
		got, err := r.missing(t.Context(), db, people)
		want := map[int64]bool{1: true, 5: true, 1<<40 + 1: true, 1<<40 + 8: true, 1<<40 + 9: true}
		if err != nil || !maps.Equal(got, want) {
			t.Errorf("%v %v", got, err)
		}
		if got, err := (&roll{run: 2}).missing(t.Context(), db, people); err != nil || len(got) != len(people) {
			t.Errorf("an empty list: %v %v", got, err)
		}
		if got, err := unpacked(nil, packed([]int64{1 << 40})[:2]); err == nil {
			t.Errorf("half a list: %v", got)
		}
	})
}
