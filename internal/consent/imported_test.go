package consent

import (
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

func (w *world) imports(grants ...contact.Grant) error {
	return w.db.Write(w.Context(), func(tx *store.Tx) error { return w.log.Imported(w.Context(), tx, grants) })
}

func (w *world) merge(from, into int64, moveFirst bool) {
	w.Helper()
	w.write(func(tx *store.Tx) error {
		move := func() error {
			_, err := tx.Exec(w.Context(), `UPDATE address SET contact_id = ? WHERE contact_id = ?`, into, from)
			return err
		}
		if moveFirst {
			if err := move(); err != nil {
				return err
			}
		}
		if err := w.log.Merged(w.Context(), tx, from, into, start); err != nil {
			return err
		}
		return move()
	})
}

func TestAnImportBringsPermissionsAndRefusals(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a, b, gone := w.address(), w.address(), w.address()
		w.append(w.event(ActionWithdrawn, MethodOneClick, gone, 0))
		row := contact.Grant{
			Workspace: w.ws, Address: a, Shown: "reader@example.jp", Topics: []int64{7, 8}, Basis: contact.Notified,
			Source: "展示会2026", Evidence: "名刺 0017", At: start.AddDate(0, -1, 0), ReceivedAt: start, File: "cards.csv",
			FileHash: []byte{1, 2}, Line: 3, Operator: 4,
		}
		refusal, again, none := row, row, row
		refusal.Address, refusal.Topics, refusal.Basis, refusal.RefusedAt = b, nil, "", start.AddDate(-1, 0, 0)
		again.Address = gone
		none.Topics = nil
		if err := w.imports(row, refusal, again); err != nil {
			t.Fatal(err)
		}
		if s := w.state(a, 8); s.Status != StatusGiven || s.Basis != BasisNotified || s.Grade != GradeC || !s.Since.Equal(row.At) {
			t.Errorf("imported: %+v", s)
		}
		if s := w.state(b, 0); s.Status != StatusRefused || !w.stopped(b, 7) {
			t.Errorf("an imported refusal: %+v", s)
		}
		if !w.stopped(gone, 7) || w.state(gone, 7).Status == StatusGiven {
			t.Error("an import undid a refusal")
		}
		if err := w.imports(none); !fault.Is(err, fault.Invalid) {
			t.Errorf("a permission for nothing: %v", err)
		}
		found, err := w.log.Suppressed(t.Context(), db, w.ws, [][]byte{w.hash("reader1@example.jp"), w.hash("reader3@example.jp")})
		if err != nil || len(found) != 1 || !found[string(w.hash("reader3@example.jp"))] {
			t.Errorf("suppressed: %d, %v", len(found), err)
		}
	})
}

func TestAMergeTakesTheStrictestWord(t *testing.T) {
	t.Parallel()
	for _, moveFirst := range []bool{false, true} {
		storetest.Each(t, func(t *testing.T, db *store.DB) {
			w := newWorld(t, db)
			from, into := w.contact(), w.contact()
			a, b := w.addresses(1, from)[0], w.addresses(1, into)[0]
			w.append(
				w.event(ActionGranted, MethodForm, a, 7), w.event(ActionWithdrawn, MethodPage, a, 7), w.event(ActionGranted, MethodForm, a, 8),
				w.event(ActionPaused, MethodPage, a, 8),
				w.event(ActionGranted, MethodForm, b, 7), w.event(ActionGranted, MethodForm, b, 8), w.event(ActionGranted, MethodForm, b, 9))
			w.merge(from, into, moveFirst)
			if w.state(b, 7).Status != StatusWithdrawn || !w.stopped(b, 7) {
				t.Error("the refusal did not reach the other address")
			}
			if s := w.state(b, 8); s.Status != StatusGiven || s.PausedUntil.IsZero() {
				t.Errorf("the pause did not reach the other address: %+v", s)
			}
			if w.state(b, 9).Status != StatusGiven || w.state(a, 9).Status == StatusGiven {
				t.Error("a merge gave or took too much")
			}
			if w.state(a, 8).Contact != into {
				t.Error("the states kept their old contact")
			}
			w.append(w.event(ActionGranted, MethodPreferenceCentre, b, 7))
			if w.stopped(b, 7) || !w.stopped(a, 7) {
				t.Error("an own act after the merge")
			}
		})
	}
}

func TestARefusalOfEverythingSpreadsUnlessReopened(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		one, two, three := w.contact(), w.contact(), w.contact()
		a, b, c := w.addresses(1, one)[0], w.addresses(1, two)[0], w.addresses(1, three)[0]
		w.append(
			w.event(ActionWithdrawn, MethodPage, a, 0), w.event(ActionGranted, MethodForm, a, 7),
			w.event(ActionGranted, MethodForm, b, 7), w.event(ActionGranted, MethodForm, b, 8),
			w.event(ActionWithdrawn, MethodPage, c, 0))
		w.merge(one, two, false)
		if w.stopped(b, 7) || !w.stopped(b, 8) || w.stopped(a, 7) {
			t.Error("what was asked for again must stay, and only that")
		}
		w.merge(three, two, false)
		if !w.stopped(b, 7) || !w.stopped(a, 7) || !w.stopped(b, 9) {
			t.Error("a refusal of everything did not spread")
		}
	})
}

func TestErasureDestroysThePersonAndKeepsTheProof(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		person := w.contact()
		a := w.addresses(1, person)[0]
		e := w.event(ActionGranted, MethodForm, a, 7)
		e.Evidence.Address = "secret@example.jp"
		w.append(e, w.event(ActionGranted, MethodForm, w.address(), 7))
		w.sequence()
		w.write(func(tx *store.Tx) error {
			return w.log.Erased(t.Context(), tx, contact.Contact{ID: person, Workspace: w.ws}, start.Add(time.Hour))
		})
		w.sequence()
		got, err := w.log.EventByID(t.Context(), db, w.ws, e.ID)
		if err != nil || !got.Erased || got.Encoding() != nil || got.Evidence.Address != "" || len(got.Commitment) != 32 {
			t.Errorf("%+v, %v", got, err)
		}
		v, err := w.log.VerifyAll(t.Context(), w.ws)
		if err != nil || v.Found != 0 || v.Leaves != 3 || v.Erased != 1 || v.Checkpoints != 2 {
			t.Errorf("%+v, %v", v, err)
		}
		if err := w.imports(contact.Grant{Workspace: w.ws, Address: a, Topics: []int64{7}, Basis: contact.Consent, At: start, Source: "s"}); err != nil {
			t.Fatal(err)
		}
		if !w.stopped(a, 7) || w.state(a, 7).Status == StatusGiven {
			t.Error("an import brought an erased person back")
		}
	})
}

func TestWhatABasisRestsOnStandsBesideItsEvent(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		person := w.contact()
		a := w.addresses(1, person)[0]
		facts := contact.BasisFacts{
			Counterparty: "株式会社みどり", Transaction: "注文 0017", LastTransaction: start.AddDate(0, -2, 0), Express: true,
		}
		row := contact.Grant{
			Workspace: w.ws, Address: a, Topics: []int64{7, 8}, Basis: contact.Relationship, Source: "受注台帳", Evidence: "注文 0017",
			At: start.AddDate(0, -2, 0), ReceivedAt: start, Facts: &facts,
		}
		if err := w.imports(row); err != nil {
			t.Fatal(err)
		}
		event := w.state(a, 8).Event
		all, err := w.log.BasisFacts(t.Context(), db, []int64{event})
		if err != nil || all[event] != facts {
			t.Errorf("%+v, %v", all, err)
		}
		entry, err := w.log.EventByID(t.Context(), db, w.ws, event)
		if err != nil || entry.Evidence.Facts == nil || *entry.Evidence.Facts != facts {
			t.Errorf("in the evidence: %+v, %v", entry.Evidence.Facts, err)
		}
		w.write(func(tx *store.Tx) error {
			return w.log.Erased(t.Context(), tx, contact.Contact{ID: person, Workspace: w.ws}, start.Add(time.Hour))
		})
		if all, err := w.log.BasisFacts(t.Context(), db, []int64{event}); err != nil || len(all) != 0 {
			t.Errorf("after the erasure: %+v, %v", all, err)
		}
	})
}
