package provision

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestHeldRecordsStay holds that a legal hold of everything, of a person in a run, or of one with
// whom that person was merged keeps its records, by name, until it is lifted (rule RET-08), and
// that nobody else's hold does.
func TestHeldRecordsStay(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		p, to := h.running(), h.recipient()
		aoki := h.person("青木", "aoki@example.jp")
		run := h.prepared(Plan{Programme: p.ID, Recipient: to.ID})
		h.download(run)
		into, other := h.person("合併", ""), h.person("他人", "")
		h.merge(aoki.ID, into.ID)
		later := h.run(run.ID).KeepUntil
		drop := func() error { return h.runs.DropRecords(t.Context(), h.planner, h.ws, run.ID, later) }
		for _, person := range []int64{0, aoki.ID, into.ID} {
			hold := h.hold(person)
			err := drop()
			held, ok := errors.AsType[*HeldError](err)
			if !ok || held.Rule.ID != "RET-08" || len(held.Holds) != 1 || held.Holds[0].ID != hold || !fault.Is(err, fault.Refused) {
				t.Errorf("a hold of %d: %v", person, err)
			}
			if f, ok := errors.AsType[*fault.Error](err); !ok || !strings.Contains(strings.Join(textsIn(f.Args), " "), store.Public("hld", hold)+" (訴訟)") {
				t.Errorf("the hold is not named: %v", err)
			}
			if n := h.records(); n != 1 {
				t.Errorf("%d records are left of what is held", n)
			}
			h.write(func(tx *store.Tx) error {
				return done(tx.Exec(t.Context(), `UPDATE legal_hold SET lifted_at = 1 WHERE id = ?`, hold))
			})
		}
		h.hold(other.ID)
		if err := drop(); err != nil {
			t.Error(err)
		}
		if n := h.records(); n != 0 {
			t.Errorf("%d records are left", n)
		}
	})
}

// TestRecordsOfWhatMayStillLeaveStay holds that nothing is released of a run whose data can still
// leave, or may have left: its records would be gone before they were due.
func TestRecordsOfWhatMayStillLeaveStay(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		h.person("青木", "aoki@example.jp")
		p, to := h.running(), h.recipient()
		planned, ready, cut := h.planned(Plan{Programme: p.ID, Recipient: to.ID}), h.prepared(Plan{Programme: p.ID, Recipient: to.ID}), h.prepared(Plan{Programme: p.ID, Recipient: to.ID})
		f, _, err := h.runs.Fetch(t.Context(), h.other, h.ws, cut.ID, h.now)
		if err != nil {
			t.Fatal(err)
		}
		drop := func(run Run) error {
			return h.runs.DropRecords(t.Context(), h.planner, h.ws, run.ID, h.now.AddDate(4, 0, 0))
		}
		h.refused(drop(planned), "provision.run.state")
		h.refused(drop(ready), "provision.run.state")
		h.refused(drop(cut), "provision.run.state")
		if err := f.Done(io.ErrClosedPipe, h.now); !errors.Is(err, io.ErrClosedPipe) {
			t.Fatal(err)
		}
		h.refused(drop(cut), "provision.run.state")
		var released int
		if err := db.QueryRow(t.Context(), `SELECT COUNT(*) FROM provision_release`).Scan(&released); err != nil || released != 0 || h.records() != 2 {
			t.Errorf("%d released, %d records left, %v", released, h.records(), err)
		}
		if err := h.runs.Discard(t.Context(), h.planner, h.ws, ready.ID, "取りやめ", h.now); err != nil {
			t.Fatal(err)
		}
		if err := drop(ready); err != nil || h.records() != 1 {
			t.Errorf("of a discarded one: %v", err)
		}
	})
}

func (h *hall) hold(person int64) (id int64) {
	h.Helper()
	h.write(func(tx *store.Tx) (err error) {
		if id, err = tx.NewID(h.Context()); err != nil {
			return err
		}
		return done(tx.Exec(h.Context(), `INSERT INTO legal_hold (id, workspace_id, contact_id, reason, placed_by, placed_at) VALUES (?, ?, ?, '訴訟', 1, 1)`, id, h.ws, person))
	})
	return id
}

func textsIn(args []any) []string {
	var out []string
	for _, a := range args {
		if s, ok := a.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// TestPeopleOfARunAreReachedWhereTheyAre holds that the persons of records are found by the
// addresses that they have now, also after a merge, and that who was erased has none.
func TestPeopleOfARunAreReachedWhereTheyAre(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		p, to := h.running(), h.recipient()
		aoki, ueda, gone := h.person("青木", "aoki@example.jp"), h.person("上田", "ueda@example.jp"), h.person("江口", "eguchi@example.jp")
		run := h.prepared(Plan{Programme: p.ID, Recipient: to.ID})
		h.download(run)
		h.twice(aoki, h.person("合併", "now@example.jp"))
		h.erase(gone.ID)
		recs, err := h.runs.Records(t.Context(), db, RecordQuery{Workspace: h.ws, Run: run.ID})
		if err != nil || len(recs) != 3 || recs[0].Known != "青木" {
			t.Fatal(recs, err)
		}
		got, err := h.runs.Mails(t.Context(), db, h.ws, recs)
		if err != nil || !slices.Equal(got[aoki.ID], []string{"aoki@example.jp", "now@example.jp"}) || !slices.Equal(got[ueda.ID], []string{"ueda@example.jp"}) || len(got[gone.ID]) != 0 {
			t.Errorf("%v, %v", got, err)
		}
		if got, err := h.runs.Mails(t.Context(), db, h.ws+1, recs); err != nil || len(got) != 0 {
			t.Errorf("another workspace's: %v, %v", got, err)
		}
	})
}
