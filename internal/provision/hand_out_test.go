package provision

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// consented is a programme by consent of the first item alone.
func (h *hall) consented() Programme {
	h.Helper()
	p := h.create(Consent, Items{Data: complete().Data[:1], Terms: Terms{Purpose: Text{Ja: "保険の案内"}, Recipients: Text{Ja: "株式会社受領"}}})
	h.freeze(p.ID)
	return h.read(p.ID)
}

// twice merges somebody into another by way of a third.
func (h *hall) twice(from, into contact.Contact) {
	h.Helper()
	m := h.person("中", "")
	h.merge(from.ID, m.ID)
	h.merge(m.ID, into.ID)
}

// TestAMergeAfterPreparingBringsItsWordsAlong holds that who turns out, after a data set was
// prepared, to be one with somebody who stopped or withdrew is taken out at the hand-over.
func TestAMergeAfterPreparingBringsItsWordsAlong(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		p, to := h.running(), h.recipient()
		aoki := h.person("青木", "aoki@example.jp")
		h.person("上田", "ueda@example.jp")
		old := h.person("旧", "")
		h.stopPerson(old.ID)
		run := h.prepared(Plan{Programme: p.ID, Recipient: to.ID})
		h.twice(old, aoki)
		if got := h.download(run); got != "氏名,勤務先\n上田,上田商店\n" {
			t.Errorf("stopped: %q", got)
		}
		p = h.consented()
		old, eguchi, ueda := h.person("古", ""), h.person("江口", "eguchi@example.jp"), h.person("大野", "ono@example.jp")
		h.agree(p, Agreement{Contact: eguchi.ID, Given: true}, Agreement{Contact: ueda.ID, Given: true}, Agreement{Contact: old.ID})
		run = h.prepared(Plan{Programme: p.ID, Recipient: to.ID})
		h.twice(old, eguchi)
		if got := h.download(run); got != "氏名\n大野\n" {
			t.Errorf("withdrawn: %q", got)
		}
	})
}

// TestAnOlderConsentUndoesNoWithdrawal holds that words count by when they were said, also
// when they were written down in another order.
func TestAnOlderConsentUndoesNoWithdrawal(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		p, to := h.consented(), h.recipient()
		aoki, ueda := h.person("青木", "aoki@example.jp"), h.person("上田", "ueda@example.jp")
		say := func(at time.Time, w Agreement) {
			w.On, w.Evidence = at, "申込書 1"
			if err := h.runs.Agree(t.Context(), h.planner, p, []Agreement{w}, h.now); err != nil {
				t.Fatal(err)
			}
		}
		ago := h.now.AddDate(0, -1, 0)
		say(h.now, Agreement{Contact: aoki.ID})
		say(ago, Agreement{Contact: aoki.ID, Given: true})
		say(h.now, Agreement{Contact: ueda.ID, Given: true})
		run := h.prepared(Plan{Programme: p.ID, Recipient: to.ID})
		if run.Counts.Provided != 1 || run.Counts.Excluded["PRV-02"] != 1 {
			t.Errorf("%+v", run.Counts)
		}
		say(ago, Agreement{Contact: ueda.ID}) // said before the consent, written down after it
		if got := h.download(run); got != "氏名\n上田\n" {
			t.Errorf("%q", got)
		}
	})
}

// TestWhoIsFlaggedAfterPreparingIsTakenOut holds that data of which it came to be known, after
// a data set was prepared, that they may not be provided are taken out at the hand-over, and
// only those to which the class objects.
func TestWhoIsFlaggedAfterPreparingIsTakenOut(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		flag := func(c contact.Contact, f contact.Flags) {
			h.write(func(tx *store.Tx) error { return h.people.Flag(t.Context(), tx, h.ws, []int64{c.ID}, f) })
		}
		p, to := h.running(), h.recipient()
		aoki := h.person("青木", "aoki@example.jp")
		ueda := h.person("上田", "ueda@example.jp")
		run := h.prepared(Plan{Programme: p.ID, Recipient: to.ID})
		flag(aoki, contact.FlagSensitive)
		flag(ueda, contact.FlagFace)
		if got := h.download(run); got != "氏名,勤務先\n上田,上田商店\n" {
			t.Errorf("%q", got)
		}
		recs, err := h.runs.Records(t.Context(), db, RecordQuery{Workspace: h.ws, Run: run.ID})
		if err != nil || len(recs) != 2 || recs[0].LeftOut != "PRV-04" {
			t.Errorf("%+v, %v", recs, err)
		}
	})
}

// TestWhatIsKnownOfTheSurvivorTakesOutTheMerged holds that whose data were merged into others',
// and those into a third's, since a data set was prepared is taken out of it by what is written
// of the one who is left: a flag, a stop, an erasure.
func TestWhatIsKnownOfTheSurvivorTakesOutTheMerged(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rule law.RuleID
		do   func(h *hall, left contact.Contact)
	}{
		"a flag": {"PRV-04", func(h *hall, left contact.Contact) {
			h.write(func(tx *store.Tx) error {
				return h.people.Flag(h.Context(), tx, h.ws, []int64{left.ID}, contact.FlagSensitive)
			})
		}},
		"a flag of another kind": {"", func(h *hall, left contact.Contact) {
			h.write(func(tx *store.Tx) error {
				return h.people.Flag(h.Context(), tx, h.ws, []int64{left.ID}, contact.FlagFace)
			})
		}},
		"a stop":     {"PRV-07", func(h *hall, left contact.Contact) { h.stopPerson(left.ID) }},
		"an address": {"PRV-07", func(h *hall, _ contact.Contact) { h.stop("left@example.jp", 0) }},
		"an erasure": {"ERASE-01", func(h *hall, left contact.Contact) { h.erase(left.ID) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				h := newHall(t, db)
				p, to := h.running(), h.recipient()
				aoki := h.person("青木", "aoki@example.jp")
				h.person("上田", "ueda@example.jp")
				run := h.prepared(Plan{Programme: p.ID, Recipient: to.ID})
				left := h.person("残", "left@example.jp")
				h.twice(aoki, left)
				onItsWay, _, err := h.runs.Fetch(t.Context(), h.other, h.ws, run.ID, h.now) // which an erasure leaves alone
				if err != nil {
					t.Fatal(err)
				}
				c.do(h, left)
				if err := onItsWay.Done(io.ErrClosedPipe, h.now); !errors.Is(err, io.ErrClosedPipe) {
					t.Fatal(err)
				}
				want := "氏名,勤務先\n上田,上田商店\n"
				if c.rule == "" {
					want = "氏名,勤務先\n青木,青木商店\n上田,上田商店\n"
				}
				if got := h.download(run); got != want {
					t.Errorf("%q", got)
				}
				recs, err := h.runs.Records(t.Context(), db, RecordQuery{Workspace: h.ws, Run: run.ID})
				if err != nil || len(recs) != 2 || recs[0].LeftOut != c.rule || recs[1].LeftOut != "" {
					t.Errorf("%+v, %v", recs, err)
				}
			})
		})
	}
}

// TestWhoWasProvidedStaysProvided holds that whoever was in a data set that arrived was provided,
// whatever becomes of later copies, and that the first proof stays the run's and each attempt
// keeps its own.
func TestWhoWasProvidedStaysProvided(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		p, to := h.running(), h.recipient()
		aoki, ueda := h.person("青木", "aoki@example.jp"), h.person("上田", "ueda@example.jp")
		h.person("江口", "eguchi@example.jp")
		run := h.prepared(Plan{Programme: p.ID, Recipient: to.ID})
		h.download(run)
		proof := h.run(run.ID).Proof
		h.stopPerson(aoki.ID)
		h.erase(ueda.ID)
		if got := h.download(run); got != "氏名,勤務先\n江口,江口商店\n" {
			t.Errorf("%q", got)
		}
		recs, err := h.runs.Records(t.Context(), db, RecordQuery{Workspace: h.ws, Run: run.ID})
		if err != nil || len(recs) != 3 {
			t.Fatal(recs, err)
		}
		for _, r := range recs {
			if r.LeftOut != "" || r.Maybe || !r.Counts() {
				t.Errorf("%+v", r)
			}
		}
		h.wantCounts(run.ID, Counts{Seen: 3, Provided: 3, Withdrawn: 2}, "")
		all, err := h.runs.Attempts(t.Context(), db, run.ID)
		if err != nil || len(all) != 2 || all[0].Detail != proof || all[1].Detail == proof || all[1].Outcome != arrived || all[1].Persons != 1 {
			t.Errorf("%+v, %v", all, err)
		}
		if got := h.run(run.ID).Proof; got != proof {
			t.Errorf("the proof became %s", got)
		}
		// Of a copy that was cut off before the whole one nobody knows.
		ono := h.person("大野", "ono@example.jp")
		run = h.prepared(Plan{Programme: p.ID, Recipient: to.ID})
		f, _, err := h.runs.Fetch(t.Context(), h.other, h.ws, run.ID, h.now)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Done(io.ErrClosedPipe, h.now); !errors.Is(err, io.ErrClosedPipe) {
			t.Fatal(err)
		}
		h.stopPerson(ono.ID)
		h.download(run)
		recs, err = h.runs.Records(t.Context(), db, RecordQuery{Workspace: h.ws, Run: run.ID})
		if err != nil || len(recs) != 2 || recs[1].LeftOut != "PRV-07" || !recs[1].Maybe {
			t.Errorf("%+v, %v", recs, err)
		}
	})
}

// TestAStopTakesNobodyOutOfWhatTheLawDemands holds that a stop after the preparing takes a
// person out only where the rules of the class object to it, as it does before.
func TestAStopTakesNobodyOutOfWhatTheLawDemands(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		p := h.create(Succession, Items{Data: complete().Data[:1], Terms: Terms{Purpose: Text{Ja: "住宅の案内"}, Deal: Text{Ja: "事業の譲渡"}}})
		h.freeze(p.ID)
		to := h.recipient()
		h.person("青木", "aoki@example.jp")
		run := h.prepared(Plan{Programme: p.ID, Recipient: to.ID})
		h.stop("aoki@example.jp", 0)
		if got := h.download(run); got != "氏名\n青木\n" {
			t.Errorf("%q", got)
		}
	})
}
