package provision

import (
	"testing"

	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestAnErasedNameStaysOnlyWhereDataMayHaveGone holds that an erasure takes the name out of the records
// of what never left, whenever it came to nothing, and of nobody and nothing else.
func TestAnErasedNameStaysOnlyWhereDataMayHaveGone(t *testing.T) {
	t.Parallel()
	discard := func(h *hall, run Run) {
		h.Helper()
		if err := h.runs.Discard(h.Context(), h.planner, h.ws, run.ID, "やめる", h.now); err != nil {
			h.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		do    func(h *hall, run Run, aoki int64)
		named bool
	}{
		"discarded":                              {func(h *hall, run Run, aoki int64) { discard(h, run); h.erase(aoki) }, false},
		"waits":                                  {func(h *hall, _ Run, aoki int64) { h.erase(aoki) }, false},
		"waits, then goes":                       {func(h *hall, run Run, aoki int64) { h.erase(aoki); h.download(run) }, false},
		"erased while it was written, then goes": {func(h *hall, run Run, aoki int64) { h.erasedMeanwhile(aoki); h.download(run) }, false},
		"discarded after it":                     {func(h *hall, run Run, aoki int64) { h.erasedMeanwhile(aoki); discard(h, run) }, false},
		"provided":                               {func(h *hall, run Run, aoki int64) { h.download(run); h.erase(aoki) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				h := newHall(t, db)
				p, to := h.running(), h.recipient()
				aoki := h.person("青木", "aoki@example.jp")
				h.person("上田", "ueda@example.jp")
				run := h.prepared(Plan{Programme: p.ID, Recipient: to.ID})
				c.do(h, run, aoki.ID)
				recs, err := h.runs.Records(t.Context(), db, RecordQuery{Workspace: h.ws, Run: run.ID})
				if err != nil || len(recs) != 2 {
					t.Fatal(recs, err)
				}
				for _, r := range recs {
					named := c.named || r.Contact != aoki.ID
					if (r.Name != "") != named || (r.Known != "") != named || (len(r.Mark) > 0) != named {
						t.Errorf("%+v", r)
					}
				}
			})
		})
	}
}

// erasedMeanwhile erases somebody as it is done while a data set is being written.
func (h *hall) erasedMeanwhile(person int64) {
	h.Helper()
	h.write(func(tx *store.Tx) error {
		return done(tx.Exec(h.Context(), `UPDATE contact SET erased_at = 1 WHERE id = ?`, person))
	})
}

// TestARecordThatCountsCannotBeUnnamed holds that the database lets nobody empty or change a record of
// what may have left.
func TestARecordThatCountsCannotBeUnnamed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		p, to := h.running(), h.recipient()
		h.person("青木", "aoki@example.jp")
		given, waits, over := h.prepared(Plan{Programme: p.ID, Recipient: to.ID}), h.prepared(Plan{Programme: p.ID, Recipient: to.ID}), h.prepared(Plan{Programme: p.ID, Recipient: to.ID})
		h.download(given)
		if err := h.runs.Discard(t.Context(), h.planner, h.ws, over.ID, "やめる", h.now); err != nil {
			t.Fatal(err)
		}
		for name, change := range map[string]func(tx *store.Tx) (int64, error){
			"provided": func(tx *store.Tx) (int64, error) {
				return tx.Exec(t.Context(), `UPDATE provision_record SET name = '', known = '', mark = ? WHERE run_id = ?`, []byte{}, given.ID)
			},
			"waiting": func(tx *store.Tx) (int64, error) {
				return tx.Exec(t.Context(), `UPDATE provision_record SET name = '', known = '', mark = ? WHERE run_id = ?`, []byte{}, waits.ID)
			},
			"discarded, by another name": func(tx *store.Tx) (int64, error) {
				return tx.Exec(t.Context(), `UPDATE provision_record SET name = ? WHERE run_id = ?`, "赤木", over.ID)
			},
			"discarded, elsewhere": func(tx *store.Tx) (int64, error) {
				return tx.Exec(t.Context(), `UPDATE provision_record SET name = '', known = '', mark = ?, piece = 7 WHERE run_id = ?`, []byte{}, over.ID)
			},
		} {
			if err := db.Write(t.Context(), func(tx *store.Tx) error { return done(change(tx)) }); err == nil {
				t.Errorf("%s: a record was changed", name)
			}
		}
	})
}
