package provision

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// wantCounts wants the counts of a run, and that they are those of its rows: everybody who was
// seen is provided or excluded, and the records say who and why. excluded is "rule persons"
// each.
func (h *hall) wantCounts(id int64, want Counts, excluded ...string) {
	h.Helper()
	run := h.run(id)
	c := run.Counts
	var got []string
	all := c.Provided
	for _, rule := range slices.Sorted(maps.Keys(c.Excluded)) {
		got, all = append(got, fmt.Sprint(rule, " ", c.Excluded[rule])), all+c.Excluded[rule]
	}
	if strings.Join(got, ", ") != strings.Join(excluded, ", ") || c.Seen != want.Seen || c.Provided != want.Provided || c.LeftOut != want.LeftOut || c.Withdrawn != want.Withdrawn {
		h.Errorf("counted: %+v, want %+v, %v", c, want, excluded)
	}
	if all != c.Seen {
		h.Errorf("%d are provided or excluded of %d: %+v", all, c.Seen, c)
	}
	recs, err := h.runs.Records(h.Context(), h.db, RecordQuery{Workspace: h.ws, Run: id})
	if err != nil {
		h.Fatal(err)
	}
	var rows Counts
	rules := map[law.RuleID]int64{}
	for _, r := range recs {
		switch {
		case r.Counts():
			rows.Provided++
		default:
			rows.LeftOut++
			rules[r.LeftOut]++
		}
	}
	if err := h.db.QueryRow(h.Context(), `SELECT COUNT(*) FROM provision_left_out WHERE run_id = ? AND maybe`, id).Scan(&rows.Withdrawn); err != nil {
		h.Fatal(err)
	}
	if rows.Provided != c.Provided || rows.Withdrawn != c.Withdrawn || rows.LeftOut != c.LeftOut {
		h.Errorf("the rows say %+v, the counts %+v", rows, c)
	}
	for rule, n := range rules {
		if c.Excluded[rule] < n {
			h.Errorf("%d rows by %s, counted %d", n, rule, c.Excluded[rule])
		}
	}
	if lines := strings.Count(h.data(id), "\n") - 1; int64(lines) != c.in() {
		h.Errorf("%d lines, counted %d", lines, c.in())
	}
}

// TestCountsAreThoseOfTheRows follows a run in which people stop at every moment: before and
// after each of counting, preparing and two hand-overs.
func TestCountsAreThoseOfTheRows(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		p, to := h.running(), h.recipient()
		for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
			h.person(name, name+"@example.jp")
		}
		h.stop("a@example.jp", 0)
		run := h.planned(Plan{Programme: p.ID, Recipient: to.ID})
		if run.Counts.Seen != 6 || run.Counts.Provided != 5 || run.Counts.Excluded["PRV-07"] != 1 {
			t.Errorf("%+v", run.Counts)
		}
		h.stop("b@example.jp", 0)
		if err := h.runs.Approve(t.Context(), h.other, Approval{Workspace: h.ws, Run: run.ID}, h.now); err != nil {
			t.Fatal(err)
		}
		h.work(h.run(run.ID).Job)
		h.wantCounts(run.ID, Counts{Seen: 6, Provided: 4}, "PRV-07 2")
		h.stop("c@example.jp", 0)
		h.download(run)
		h.wantCounts(run.ID, Counts{Seen: 6, Provided: 3, LeftOut: 1}, "PRV-07 3")
		h.stop("d@example.jp", 0)
		h.download(run)
		after := Counts{Seen: 6, Provided: 3, LeftOut: 1, Withdrawn: 1}
		h.wantCounts(run.ID, after, "PRV-07 3")
		h.download(run)
		h.wantCounts(run.ID, after, "PRV-07 3")
		if s, err := h.runs.HandedTo(t.Context(), db, h.ws, to.ID, time.Time{}, time.Time{}); err != nil || s.Persons != 3 {
			t.Errorf("handed over: %+v, %v", s, err)
		}
		tries, err := h.runs.Attempts(t.Context(), db, run.ID)
		if err != nil || len(tries) != 3 || tries[0].Persons != 3 || tries[1].Persons != 2 || tries[2].Persons != 2 {
			t.Errorf("%+v, %v", tries, err)
		}
	})
}

// TestWhatWasNotYetMeasuredHadNotLeft holds that of an attempt that was cut off before its data
// set was ready nothing counts as provided.
func TestWhatWasNotYetMeasuredHadNotLeft(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		p, to := h.running(), h.recipient()
		aoki := h.person("青木", "aoki@example.jp")
		h.person("上田", "ueda@example.jp")
		run := h.prepared(Plan{Programme: p.ID, Recipient: to.ID})
		if _, err := h.runs.begin(t.Context(), h.other, h.ws, run.ID, h.now); err != nil {
			t.Fatal(err)
		}
		h.write(func(tx *store.Tx) error { return done(tx.Exec(t.Context(), `UPDATE provision_attempt SET size = 0`)) })
		h.stop("aoki@example.jp", 0)
		h.download(run)
		h.wantCounts(run.ID, Counts{Seen: 2, Provided: 1, LeftOut: 1}, "PRV-07 1")
		h.wantTraces(aoki.ID, 0)
		tries, err := h.runs.Attempts(t.Context(), db, run.ID)
		if err != nil || len(tries) != 2 || tries[0].Outcome != notSent || tries[1].Outcome != arrived {
			t.Errorf("%+v, %v", tries, err)
		}
	})
}

// TestADataSetIsWholeOrGone holds that nothing is fetched of what is half deleted, or after its
// time, even before anybody deleted it.
func TestADataSetIsWholeOrGone(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		h.runs.page = 1
		for _, name := range []string{"a", "b", "c"} {
			h.person(name, name+"@example.jp")
		}
		p, to := h.running(), h.recipient()
		half, old := h.prepared(Plan{Programme: p.ID, Recipient: to.ID}), h.prepared(Plan{Programme: p.ID, Recipient: to.ID})
		h.write(func(tx *store.Tx) error {
			return done(tx.Exec(t.Context(), `DELETE FROM provision_piece WHERE run_id = ? AND n < 2`, half.ID))
		})
		h.refused(h.runs.Download(t.Context(), h.other, h.ws, half.ID, io.Discard, h.now), "provision.run.gone")
		if run := h.run(half.ID); run.Counted() {
			t.Errorf("%s", run.State)
		}
		h.download(old)
		h.refused(h.runs.Download(t.Context(), h.other, h.ws, old.ID, io.Discard, h.now.Add(keepData)), "provision.run.gone")
		if err := h.runs.sweep(t.Context(), h.now.Add(keepData)); err != nil {
			t.Fatal(err)
		}
		if got := h.data(old.ID); got != "" {
			t.Errorf("still there: %q", got)
		}
	})
}

// TestAnEndIsNotedAlthoughTheCallerHasGone holds that an attempt of which nothing left is not left
// open, and so uncertain, when the program is stopped or an operator goes away meanwhile.
func TestAnEndIsNotedAlthoughTheCallerHasGone(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		p, to := h.running(), h.recipient()
		h.person("青木", "aoki@example.jp")
		run := h.prepared(Plan{Programme: p.ID, Recipient: to.ID})
		ctx, cancel := context.WithCancel(t.Context())
		parcel, err := h.runs.begin(ctx, h.other, h.ws, run.ID, h.now)
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		if err := h.runs.end(ctx, parcel, notSent, "provision.target.unreachable", h.now); err != nil {
			t.Error(err)
		}
		if run = h.run(run.ID); run.State != Prepared {
			t.Errorf("%s", run.State)
		}
		ctx, cancel = context.WithCancel(t.Context())
		file, _, err := h.runs.Fetch(ctx, h.other, h.ws, run.ID, h.now)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, file); err != nil {
			t.Fatal(err)
		}
		cancel()
		if err := file.Done(nil, h.now); err != nil {
			t.Error(err)
		}
		if run = h.run(run.ID); run.State != Given {
			t.Errorf("%s", run.State)
		}
	})
}
