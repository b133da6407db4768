package provision

import (
	"io"
	"testing"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestNothingLeavesByWhatNoLongerStands holds that a provision that ceased, an item that is
// no longer notified and a recipient that was put away refuse the approval and the hand-over
// of runs that were planned before.
func TestNothingLeavesByWhatNoLongerStands(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		want string
		do   func(h *hall, p Programme, to Recipient)
	}{
		"ceased": {"provision.run.no_version", func(h *hall, p Programme, _ Recipient) {
			h.take(p.ID, 1, "ended", "2026-11-21")
		}},
		"item gone": {"provision.run.not_notified", func(h *hall, p Programme, _ Recipient) {
			h.edit(p.ID, func(i *Items) { i.Data, i.Start = i.Data[:1], "2026-11-22" })
			h.freeze(p.ID)
			h.take(p.ID, 2, "noticed", "2026-11-21", "filed", "2026-11-21", "published_by_ppc", "2026-11-22", "published_by_us", "2026-11-22")
		}},
		"another wording": {"provision.run.version_changed", func(h *hall, p Programme, _ Recipient) {
			h.edit(p.ID, func(i *Items) { i.Update.Ja, i.Start = "月に一度", "2026-11-20" })
			h.freeze(p.ID)
			h.take(p.ID, 2, "noticed", "2026-11-20", "filed", "2026-11-20", "published_by_ppc", "2026-11-20", "published_by_us", "2026-11-20")
		}},
		"moved": {"provision.run.recipient_changed", func(h *hall, _ Programme, to Recipient) {
			terms := to.RecipientTerms
			terms.Address = "東京都港区1-1"
			if _, err := h.runs.EditRecipient(h.Context(), h.planner, to, terms, Secrets{}, h.now); err != nil {
				h.Fatal(err)
			}
		}},
		"to another place": {"provision.run.recipient_changed", func(h *hall, _ Programme, to Recipient) {
			terms := to.RecipientTerms
			terms.Target = Target{Kind: ByHTTPS, URL: "https://example.jp/in"}
			if _, err := h.runs.EditRecipient(h.Context(), h.planner, to, terms, Secrets{}, h.now); err != nil {
				h.Fatal(err)
			}
		}},
		"put away": {"provision.run.archived", func(h *hall, _ Programme, to Recipient) {
			if err := h.runs.ArchiveRecipient(h.Context(), h.planner, h.ws, to.ID, h.now); err != nil {
				h.Fatal(err)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				h := newHall(t, db)
				h.person("青木", "aoki@example.jp")
				p, to := h.running(), h.recipient()
				planned := h.planned(Plan{Programme: p.ID, Recipient: to.ID})
				ready := h.prepared(Plan{Programme: p.ID, Recipient: to.ID})
				c.do(h, p, to)
				h.refused(h.runs.Approve(t.Context(), h.other, Approval{Workspace: h.ws, Run: planned.ID}, h.now), c.want)
				h.refused(h.runs.Download(t.Context(), h.other, h.ws, ready.ID, io.Discard, h.now), c.want)
				if run := h.run(ready.ID); run.Counted() {
					t.Errorf("%s", run.State)
				}
			})
		})
	}
}

// TestWhatNobodyWasJudgedByHoldsNoRunUp holds that a run goes on when only item 1 of its wording
// has changed, or of its recipient only what neither records hold nor rules ask.
func TestWhatNobodyWasJudgedByHoldsNoRunUp(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		h.person("青木", "aoki@example.jp")
		p, to := h.running(), h.recipient()
		run := h.prepared(Plan{Programme: p.ID, Recipient: to.ID})
		h.edit(p.ID, func(i *Items) { i.Address = "東京都港区1-1" })
		h.freeze(p.ID)
		terms := to.RecipientTerms
		terms.Contract, terms.StopMail = "契約書 4", "stop@example.jp"
		if _, err := h.runs.EditRecipient(t.Context(), h.planner, to, terms, Secrets{}, h.now); err != nil {
			t.Fatal(err)
		}
		if n := h.read(p.ID).providing(h.now).Number; n != 2 {
			t.Fatalf("by version %d", n)
		}
		if got := h.download(run); got != "氏名,勤務先\n青木,青木商店\n" {
			t.Errorf("%q", got)
		}
	})
}

// TestANewAddressDoesNotReviveWhatEnded holds that a version that differs only in item 1
// carries on no provision that ceased, whether it was frozen before the end or after it.
func TestANewAddressDoesNotReviveWhatEnded(t *testing.T) {
	t.Parallel()
	move := func(h *hall, p Programme) {
		h.edit(p.ID, func(i *Items) { i.Address = "東京都港区1-1" })
		h.freeze(p.ID)
	}
	for name, do := range map[string]func(h *hall, p Programme){
		"frozen after the end": func(h *hall, p Programme) {
			h.take(p.ID, 1, "ended", "2026-11-21")
			move(h, p)
		},
		"frozen before the end": func(h *hall, p Programme) {
			move(h, p)
			h.take(p.ID, 1, "ended", "2026-11-21")
		},
		"announced before the end": func(h *hall, p Programme) {
			move(h, p)
			h.take(p.ID, 2, "noticed", "2026-11-21", "filed", "2026-11-21", "published_by_ppc", "2026-11-22", "published_by_us", "2026-11-22")
			h.take(p.ID, 1, "ended", "2026-11-23")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				h := newHall(t, db)
				p, to := h.running(), h.recipient()
				do(h, p)
				_, err := h.runs.Plan(t.Context(), h.planner, Plan{Workspace: h.ws, Programme: p.ID, Recipient: to.ID}, h.now)
				h.refused(err, "provision.run.no_version")
			})
		})
	}
}

// TestABlockedAttemptOverrulesNobody holds that an attempt that was refused changes nothing of a
// run that was discarded since the attempt read it.
func TestABlockedAttemptOverrulesNobody(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		h.person("青木", "aoki@example.jp")
		p, to := h.running(), h.recipient()
		read := h.prepared(Plan{Programme: p.ID, Recipient: to.ID})
		no := fault.New(fault.Refused, "provision.run.nobody")
		if err := h.runs.blocked(t.Context(), read, no, h.now); err != nil || h.run(read.ID).Error != "provision.run.nobody" {
			t.Errorf("%+v, %v", h.run(read.ID), err)
		}
		if err := h.runs.Discard(t.Context(), h.planner, h.ws, read.ID, "取りやめ", h.now); err != nil {
			t.Fatal(err)
		}
		if err := h.runs.blocked(t.Context(), read, no, h.now); err != nil || h.run(read.ID).State != Discarded {
			t.Errorf("%+v, %v", h.run(read.ID), err)
		}
	})
}

// TestWhatNobodyPlannedIsNotApproved holds that a run that was planned at the machine needs the
// name of who answers for it, who may not approve it and must be one who may plan.
func TestWhatNobodyPlannedIsNotApproved(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		h.person("青木", "aoki@example.jp")
		p, to := h.running(), h.recipient()
		terminal := account.By{Actor: account.Actor{Kind: account.ActorCLI}}
		plan := func(author int64) (Run, error) {
			run, err := h.runs.Plan(t.Context(), terminal, Plan{Workspace: h.ws, Programme: p.ID, Recipient: to.ID, Author: author}, h.now)
			if err == nil {
				h.work(run.Job)
			}
			return run, err
		}
		run := must(plan(0))
		h.refused(h.runs.Approve(t.Context(), h.other, Approval{Workspace: h.ws, Run: run.ID}, h.now), "provision.run.author")
		run = must(plan(h.planner.Actor.ID))
		h.refused(h.runs.Approve(t.Context(), h.planner, Approval{Workspace: h.ws, Run: run.ID}, h.now), "provision.run.second")
		if err := h.runs.Approve(t.Context(), h.other, Approval{Workspace: h.ws, Run: run.ID}, h.now); err != nil {
			t.Error(err)
		}
		if _, err := plan(4711); err == nil {
			t.Error("planned by somebody who is none of us")
		}
		run, err := h.runs.Plan(t.Context(), h.planner, Plan{Workspace: h.ws, Programme: p.ID, Recipient: to.ID, Author: h.other.Actor.ID}, h.now)
		if err != nil || run.CreatedBy != h.planner.Actor.ID {
			t.Errorf("an operator plans in another's name: %+v, %v", run, err)
		}
	})
}

// TestAKeyIsNoSecondPairOfEyes holds that who made an API key does not approve what the key
// planned.
func TestAKeyIsNoSecondPairOfEyes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		h.person("青木", "aoki@example.jp")
		p, to := h.running(), h.recipient()
		key := account.APIKey{ID: 77}
		h.write(func(tx *store.Tx) error {
			return done(tx.Exec(t.Context(), `INSERT INTO api_key (id, workspace_id, name, token_hash, hint, scopes, created_by, created_at, expires_at)
				VALUES (?, ?, 'key', ?, 'kyk_', '', ?, 1, 2)`, key.ID, h.ws, []byte{1}, h.planner.Actor.ID))
		})
		run, err := h.runs.Plan(t.Context(), key.By(""), Plan{Workspace: h.ws, Programme: p.ID, Recipient: to.ID}, h.now)
		if err != nil {
			t.Fatal(err)
		}
		h.work(run.Job)
		h.refused(h.runs.Approve(t.Context(), h.planner, Approval{Workspace: h.ws, Run: run.ID}, h.now), "provision.run.second")
		if err := h.runs.Approve(t.Context(), h.other, Approval{Workspace: h.ws, Run: run.ID}, h.now); err != nil {
			t.Error(err)
		}
	})
}
