package provision

import (
	"io"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// pieces counts the pieces that are kept.
func (h *hall) pieces() (n int64) {
	h.Helper()
	if err := h.db.QueryRow(h.Context(), `SELECT COUNT(*) FROM provision_piece`).Scan(&n); err != nil {
		h.Fatal(err)
	}
	return n
}

func (h *hall) tend() {
	h.Helper()
	if err := h.runs.tend(h.Context(), h.now); err != nil {
		h.Fatal(err)
	}
}

// TestWhatWaitsTooLongLapses holds that a plan that nobody approved and a data set that nobody handed
// over are discarded after their time, with what they show of people, and that one of which nobody
// knows whether it arrived can no longer be handed over, and keeps its records.
func TestWhatWaitsTooLongLapses(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		p, to := h.running(), h.recipient()
		aoki := h.person("青木", "aoki@example.jp")
		plan := Plan{Programme: p.ID, Recipient: to.ID}
		unsure := h.cut(p, to, h.other, 3)
		planned, ready := h.planned(plan), h.prepared(plan)
		begun := h.now
		h.now = begun.Add(approvalStands - time.Minute)
		h.tend()
		for _, run := range []Run{unsure, planned, ready} {
			if got := h.run(run.ID); got.State != run.State || got.Error != run.Error {
				t.Errorf("before its time: %s %s", got.State, got.Error)
			}
		}
		h.now = begun.Add(approvalStands + time.Minute)
		h.refused(h.runs.Download(t.Context(), h.other, h.ws, ready.ID, io.Discard, h.now), "provision.run.lapsed")
		h.refused(h.runs.Download(t.Context(), h.other, h.ws, unsure.ID, io.Discard, h.now), "provision.run.lapsed")
		h.tend()
		for _, run := range []Run{planned, ready} {
			if got := h.run(run.ID); got.State != Discarded || got.Error != "provision.run.lapsed" || len(got.Preview.Rows) != 0 {
				t.Errorf("%+v", got)
			}
		}
		h.now = h.now.Add(keepData)
		h.tend()
		if n := h.pieces(); n != 0 {
			t.Errorf("%d pieces are left", n)
		}
		if got := h.run(unsure.ID); got.State != Uncertain {
			t.Errorf("%s", got.State)
		}
		h.wantTraces(aoki.ID, 1)
		if err := h.runs.Resolve(t.Context(), h.planner, unsure, true, "先方の返信 11-22", h.now); err != nil {
			t.Error(err)
		}
	})
}

// TestALateHandOverIsRefused holds that a data set for a server is not sent after its time either.
func TestALateHandOverIsRefused(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		p := h.running()
		to := h.recipient(func(r *RecipientTerms) { r.Target = Target{Kind: ByHTTPS, URL: "https://127.0.0.1:1/in", Inside: true} })
		h.person("青木", "aoki@example.jp")
		run := h.planned(Plan{Programme: p.ID, Recipient: to.ID})
		if err := h.runs.Approve(t.Context(), h.other, Approval{Workspace: h.ws, Run: run.ID}, h.now); err != nil {
			t.Fatal(err)
		}
		h.work(h.run(run.ID).Job)
		h.now = h.now.Add(approvalStands + time.Minute)
		h.refused(h.runs.HandOver(t.Context(), h.other, h.ws, run.ID, h.now), "provision.run.lapsed")
	})
}
