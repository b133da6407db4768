package provision

import (
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// stored is what the table holds of the previews.
func (h *hall) stored(run int64) (preview string) {
	h.Helper()
	if err := h.db.QueryRow(h.Context(), `SELECT preview FROM provision_run WHERE id = ?`, run).Scan(&preview); err != nil {
		h.Fatal(err)
	}
	return preview
}

// TestAPreviewGoesWithItsPurpose holds that what a preview shows of people is gone once
// somebody decided, or the run failed.
func TestAPreviewGoesWithItsPurpose(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		h.person("青木", "aoki@example.jp")
		p, to := h.running(), h.recipient()
		for name, end := range map[string]func(run Run) error{
			"approved": func(run Run) error {
				return h.runs.Approve(t.Context(), h.other, Approval{Workspace: h.ws, Run: run.ID}, h.now)
			},
			"discarded": func(run Run) error { return h.runs.Discard(t.Context(), h.planner, h.ws, run.ID, "やめ", h.now) },
		} {
			run := h.planned(Plan{Programme: p.ID, Recipient: to.ID})
			if len(run.Preview.Rows) != 1 || !strings.Contains(h.stored(run.ID), "青木") {
				t.Errorf("%+v", run.Preview)
			}
			if err := end(run); err != nil {
				t.Fatal(err)
			}
			if got := h.stored(run.ID); got != "{}" {
				t.Errorf("%s: %s", name, got)
			}
		}
	})
}

// TestAnErasureReachesPreviewsAndWaitingData holds that nothing of an erased person stays in a
// preview or in a data set that waits, and that the record says why they are not in it.
func TestAnErasureReachesPreviewsAndWaitingData(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		aoki, ueda := h.person("青木", "aoki@example.jp"), h.person("上田", "ueda@example.jp")
		old := h.person("旧姓", "")
		p, to := h.running(), h.recipient()
		shown, ready := h.planned(Plan{Programme: p.ID, Recipient: to.ID}), h.prepared(Plan{Programme: p.ID, Recipient: to.ID})
		given := h.prepared(Plan{Programme: p.ID, Recipient: to.ID})
		h.download(given)
		h.merge(old.ID, aoki.ID)
		h.erase(aoki.ID)
		if got := h.stored(shown.ID); strings.Contains(got, "青木") || strings.Contains(got, "旧姓") || !strings.Contains(got, "上田") {
			t.Errorf("the preview still shows: %s", got)
		}
		for _, run := range []Run{ready, given} {
			if got := h.data(run.ID); strings.Contains(got, "青木") || strings.Contains(got, "旧姓") || !strings.Contains(got, "上田") {
				t.Errorf("what waits still holds: %s", got)
			}
		}
		if got := h.download(ready); got != "氏名,勤務先\n上田,上田商店\n" {
			t.Errorf("%q", got)
		}
		h.wantCounts(ready.ID, Counts{Seen: 3, Provided: 1, LeftOut: 2}, "ERASE-01 2")
		h.wantCounts(given.ID, Counts{Seen: 3, Provided: 3, Withdrawn: 2}, "")
		h.wantTraces(aoki.ID, 2) // of the run that had left
		h.wantTraces(ueda.ID, 2)
	})
}

// data is the data set of a run as it waits.
func (h *hall) data(run int64) string {
	h.Helper()
	var all strings.Builder
	for n := int64(-1); ; {
		var part []byte
		if err := h.db.QueryRow(h.Context(), sqlNextPiece, run, n).Scan(&n, &part); err != nil {
			return all.String()
		}
		all.Write(part)
	}
}
