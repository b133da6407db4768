package provision

import (
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// asked is a request to stop of somebody whom nobody knows yet.
func (h *hall) asked(programme, contact int64, kind string) {
	h.Helper()
	h.write(func(tx *store.Tx) error {
		id, err := tx.NewID(h.Context())
		if err != nil {
			return err
		}
		_, err = tx.Exec(h.Context(), `INSERT INTO rights_request (id, workspace_id, contact_id, kind, form, received_at, entered_by, entered_at, programme_id)
			VALUES (?, ?, ?, ?, 'other', 1, 0, 1, ?)`, id, h.ws, contact, kind, programme)
		return err
	})
}

// warned lists the rules that warn of a run.
func (h *hall) warned(p Programme, to Recipient) string {
	h.Helper()
	run, err := h.runs.Plan(h.Context(), h.planner, Plan{Workspace: h.ws, Programme: p.ID, Recipient: to.ID}, h.now)
	if err != nil {
		h.Fatal(err)
	}
	found, err := h.runs.RunFindings(h.Context(), h.db, run, h.now)
	if err != nil {
		h.Fatal(err)
	}
	var out []string
	for _, f := range found {
		if f.Rule.Effect == law.Warn {
			out = append(out, string(f.Rule.ID))
		}
	}
	return strings.Join(out, " ")
}

// TestAStopOfNobodyKnownIsNotPassedOver holds that a run for which somebody may have asked for a
// stop asks for a reason until it is known who did (rule PRV-23).
func TestAStopOfNobodyKnownIsNotPassedOver(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		aoki := h.person("青木", "aoki@example.jp")
		p, to := h.running(), h.recipient()
		if got := h.warned(p, to); got != "" {
			t.Errorf("nobody asked: %q", got)
		}
		h.asked(p.ID+1, 0, "stop_provision")
		h.asked(0, 0, "disclosure")
		h.asked(0, aoki.ID, "stop_provision")
		if got := h.warned(p, to); got != "" {
			t.Errorf("of another programme, of another kind, of somebody who is known: %q", got)
		}
		h.asked(p.ID, 0, "stop_provision")
		if got := h.warned(p, to); got != "PRV-23" {
			t.Errorf("of this programme: %q", got)
		}
		run := h.planned(Plan{Programme: p.ID, Recipient: to.ID})
		h.refused(h.runs.Approve(t.Context(), h.other, Approval{Workspace: h.ws, Run: run.ID}, h.now), "provision.run.reason")
		run = h.run(run.ID)
		if err := h.runs.Approve(t.Context(), h.other, Approval{h.ws, run.ID, run.CountedAt(), "ご本人を確かめている"}, h.now); err != nil {
			t.Fatal(err)
		}
		if got := h.run(run.ID); got.ApprovalReason != "ご本人を確かめている" {
			t.Errorf("approved because of %q", got.ApprovalReason)
		}
	})
}

// TestAStudyBeginsOnItsDay holds that nothing is provided before the day that a study's notice
// tells (rule PRV-22), and that a notice without a day, as there were, goes on.
func TestAStudyBeginsOnItsDay(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		h.person("青木", "aoki@example.jp")
		to := h.recipient()
		for start, want := range map[string]string{"2026-12-01": "PRV-22 block", "2026-11-20": ""} {
			p := h.create(LegalDuty, studied(func(i *Items) { i.Start = start }))
			h.freeze(p.ID)
			h.take(p.ID, 1, "noticed", "2026-10-02")
			h.now = day("2026-11-20")
			run, err := h.runs.Plan(t.Context(), h.planner, Plan{Workspace: h.ws, Programme: p.ID, Recipient: to.ID}, h.now)
			if err != nil {
				t.Fatal(err)
			}
			if got := h.ruleOfRun(run); got != want {
				t.Errorf("from %s: %q, want %q", start, got, want)
			}
		}
		old := Programme{Class: LegalDuty, Versions: []Version{{Number: 1, Items: studied(func(i *Items) { i.Start = "" })}}}
		old.Versions[0].Steps = []Step{{Kind: Noticed, On: day("2026-10-02")}}
		if f, _ := old.filing(day("2026-11-20")); !f.Started || old.Serving(day("2026-11-20")) == nil {
			t.Error("a study without a day does not stand")
		}
	})
}
