package provision

import (
	"errors"
	"io"
	"testing"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// cut is a run whose data set somebody fetched to some octet, who then lost it.
func (h *hall) cut(p Programme, to Recipient, by account.By, octets int64) Run {
	h.Helper()
	run := h.prepared(Plan{Programme: p.ID, Recipient: to.ID})
	f, _, err := h.runs.Fetch(h.Context(), by, h.ws, run.ID, h.now)
	if err != nil {
		h.Fatal(err)
	}
	if _, err := io.CopyN(io.Discard, f, octets); err != nil && !errors.Is(err, io.EOF) {
		h.Fatal(err)
	}
	if err := f.Done(io.ErrClosedPipe, h.now); !errors.Is(err, io.ErrClosedPipe) {
		h.Fatal(err)
	}
	return h.run(run.ID)
}

// TestNobodyAloneTakesAProvisionBack holds that nothing is called not provided by who planned or
// fetched it, on a word that shows nothing, or where the data were read to their end.
func TestNobodyAloneTakesAProvisionBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		aoki := h.person("青木", "aoki@example.jp")
		p, to := h.running(), h.recipient()
		third := h.operator("third")
		terminal := account.By{Actor: account.Actor{Kind: account.ActorCLI}}
		deny := func(by account.By, run Run, evidence string) error {
			return h.runs.Resolve(t.Context(), by, run, false, evidence, h.now)
		}
		run := h.cut(p, to, h.other, 3)
		for _, void := range []string{" ", "なし", "無し。", "---------", "特になし", "None."} {
			h.refused(deny(third, run, void), "provision.step.evidence")
		}
		h.refused(deny(h.planner, run, "先方の返信 11-22"), "provision.run.deny_second")
		h.refused(deny(h.other, run, "先方の返信 11-22"), "provision.run.deny_second")
		h.refused(deny(third, h.cut(p, to, terminal, 3), "先方の返信 11-22"), "provision.run.deny_second")
		h.refused(deny(third, h.cut(p, to, h.other, 1<<20), "先方の返信 11-22"), "provision.run.was_read")
		h.wantTraces(aoki.ID, 3)
		if err := deny(third, run, "先方の返信 11-22"); err != nil || h.run(run.ID).State != NotGiven {
			t.Errorf("%+v, %v", h.run(run.ID), err)
		}
		h.wantTraces(aoki.ID, 2)
		run = h.cut(p, to, h.planner, 3)
		if err := h.runs.Resolve(t.Context(), h.planner, run, true, "先方の返信 11-22", h.now); err != nil || h.run(run.ID).State != Given {
			t.Errorf("that it arrived: %+v, %v", h.run(run.ID), err)
		}
	})
}

// TestAnOvertakenAttemptSaysHowItEnded holds that data which were read to their end while another
// attempt began are provided: nobody can say that nothing arrived, before it ends or after.
func TestAnOvertakenAttemptSaysHowItEnded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		why       error // how the attempt that was overtaken ended
		denied    bool  // before that, somebody said that nothing arrived
		state     RunState
		deny, end string
	}{
		"arrived":               {nil, false, Given, "provision.run.was_read", arrived},
		"read whole":            {io.ErrUnexpectedEOF, false, Uncertain, "provision.run.was_read", uncertain},
		"arrived, and denied":   {nil, true, Given, "provision.run.was_read", arrived},
		"read whole and denied": {io.ErrUnexpectedEOF, true, Uncertain, "provision.run.was_read", uncertain},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				h := newHall(t, db)
				aoki := h.person("青木", "aoki@example.jp")
				p, to := h.running(), h.recipient()
				third := h.operator("third")
				run := h.prepared(Plan{Programme: p.ID, Recipient: to.ID})
				fetch := func() *Fetched {
					f, _, err := h.runs.Fetch(t.Context(), h.other, h.ws, run.ID, h.now)
					if err != nil {
						t.Fatal(err)
					}
					return f
				}
				one, two := fetch(), fetch()
				if _, err := io.Copy(io.Discard, one); err != nil {
					t.Fatal(err)
				}
				if err := two.Done(io.ErrClosedPipe, h.now); !errors.Is(err, io.ErrClosedPipe) {
					t.Fatal(err)
				}
				deny := func() error {
					return h.runs.Resolve(t.Context(), third, run, false, "先方の返信 11-22", h.now)
				}
				if c.denied {
					if err := deny(); err != nil {
						t.Fatal(err)
					}
					h.stop("aoki@example.jp", 0) // whoever denied it told the recipient nothing
				}
				if err := one.Done(c.why, h.now); !errors.Is(err, c.why) {
					t.Fatal(err)
				}
				if got := h.run(run.ID).State; got != c.state {
					t.Errorf("%s, want %s", got, c.state)
				}
				h.refused(deny(), c.deny)
				h.wantTraces(aoki.ID, 1)
				tasks, err := h.runs.Tasks(t.Context(), db, TaskQuery{Workspace: h.ws, Recipient: to.ID})
				if want := map[bool]int{true: 1}[c.denied]; err != nil || len(tasks) != want {
					t.Errorf("the recipient is told of %d, %v", len(tasks), err)
				}
				all, err := h.runs.Attempts(t.Context(), db, run.ID)
				if err != nil || len(all) != 2 || all[0].Outcome != c.end || all[1].Outcome != uncertain {
					t.Errorf("%+v, %v", all, err)
				}
				for what, change := range map[string]func(tx *store.Tx) error{
					"outcome": func(tx *store.Tx) error {
						return done(tx.Exec(t.Context(), `UPDATE provision_attempt SET outcome = 'failed'`))
					},
					"beginning": func(tx *store.Tx) error {
						return done(tx.Exec(t.Context(), `UPDATE provision_attempt SET outcome = 'arrived', started_at = 1`))
					},
				} {
					if err := db.Write(t.Context(), change); !fault.Is(err, fault.Refused) {
						t.Errorf("its %s can be changed: %v", what, err)
					}
				}
			})
		})
	}
}
