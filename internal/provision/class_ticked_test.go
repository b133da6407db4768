package provision

import (
	"errors"
	"testing"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// meaning is a programme by consent or for joint use whose text names nobody, and means some.
func (h *hall) meaning(c Class, means ...Recipient) Programme {
	h.Helper()
	items := settledTerms(c)
	items.Data, items.Terms.Recipients = complete().Data[:1], Text{Ja: "当社の提携会社"}
	for _, r := range means {
		items.Terms.Named = append(items.Terms.Named, NamedRecipient{ID: r.Public(), Name: "本人の言うこと"})
	}
	p := h.create(c, items)
	h.freeze(p.ID)
	if c == JointUse {
		h.take(p.ID, 1, "noticed", "2026-10-02")
	}
	h.now = day("2026-11-20")
	return h.read(p.ID)
}

// out is how many people a run to a recipient would provide, -1 where a rule refuses the run.
func (h *hall) out(p Programme, to Recipient) int64 {
	h.Helper()
	run, err := h.runs.Plan(h.Context(), h.planner, Plan{Workspace: h.ws, Programme: p.ID, Recipient: to.ID}, h.now)
	if err != nil {
		h.Fatal(err)
	}
	if h.ruleOfRun(run) != "" {
		return -1
	}
	h.work(run.Job)
	return h.run(run.ID).Counts.Provided
}

// TestARecipientIsToldByBeingMeant holds that a wording that names nobody serves the recipients
// that it was said to mean, and no others, as they were called when the version was frozen.
func TestARecipientIsToldByBeingMeant(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for _, c := range []Class{Consent, JointUse} {
			h := newHall(t, db)
			aoki := h.person("青木", "aoki@example.jp")
			told := h.recipient(func(r *RecipientTerms) { r.Name = "株式会社甲" })
			other := h.recipient(func(r *RecipientTerms) { r.Name = "株式会社丙" })
			p := h.meaning(c, told)
			if got := p.Versions[0].Items.Terms.Named; len(got) != 1 || got[0].Name != "株式会社甲" || got[0].Representative != told.Representative {
				t.Errorf("%s: the version means %+v", c, got)
			}
			if c == Consent {
				h.agree(p, Agreement{Contact: aoki.ID, Given: true, Version: 1})
			}
			if got := h.out(p, told); got != 1 {
				t.Errorf("%s: to who is meant: %d", c, got)
			}
			if got := h.out(p, other); got != -1 {
				t.Errorf("%s: to another: %d", c, got)
			}
			for name, change := range map[string]func(*RecipientTerms){
				"another name":           func(r *RecipientTerms) { r.Name = "株式会社丁" },
				"another representative": func(r *RecipientTerms) { r.Representative = "代表取締役 別人" },
			} {
				now, err := h.runs.Recipient(t.Context(), db, h.ws, told.ID)
				if err != nil {
					t.Fatal(err)
				}
				terms := now.RecipientTerms
				change(&terms)
				if _, err := h.runs.EditRecipient(t.Context(), h.planner, now, terms, Secrets{}, h.now); err != nil {
					t.Fatal(err)
				}
				now.RecipientTerms = terms
				if got := h.out(p, now); got != -1 {
					t.Errorf("%s: %s: %d", c, name, got)
				}
			}
			if _, err := h.book.Freeze(t.Context(), clerk, Programme{ID: p.ID, Workspace: h.ws}, h.now); !fault.Is(err, fault.Stale) {
				t.Errorf("%s: a name that nobody saw is frozen: %v", c, err)
			}
			h.edit(p.ID, func(*Items) {})
			h.freeze(p.ID)
			p = h.read(p.ID)
			changes := Changes(p.Versions[0].Items, p.Versions[1].Items)
			if len(changes) != 1 || changes[0] != (Change{Item: ItemRecipients, Prior: true}) {
				t.Errorf("%s: the version of the new name changes %+v", c, changes)
			}
			if c == Consent { // nobody agreed to whoever it is now
				if got := h.out(p, told); got != 0 {
					t.Errorf("by a consent to the old name: %d", got)
				}
			}
		}
	})
}

// TestAConsentBearsWhomItMeant holds that a recipient who is meant later gets nothing by earlier
// consents, and that one who was meant before still does.
func TestAConsentBearsWhomItMeant(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		aoki := h.person("青木", "aoki@example.jp")
		first := h.recipient(func(r *RecipientTerms) { r.Name = "株式会社甲" })
		later := h.recipient(func(r *RecipientTerms) { r.Name = "株式会社丙" })
		p := h.meaning(Consent, first)
		h.agree(p, Agreement{Contact: aoki.ID, Given: true, Version: 1})
		h.edit(p.ID, func(i *Items) { i.Terms.Named = append(i.Terms.Named, NamedRecipient{ID: later.Public()}) })
		h.freeze(p.ID)
		p = h.read(p.ID)
		if a, b := h.out(p, first), h.out(p, later); a != 1 || b != 0 {
			t.Errorf("to the first %d, to the later %d", a, b)
		}
		if n, err := h.runs.Consented(t.Context(), db, p); err != nil || n != 0 {
			t.Errorf("%d agreed to all of it, %v", n, err)
		}
	})
}

// TestNobodyIsMeantWhoIsNotThere holds that a recipient of another workspace, one that was put
// away, one that is none and the same twice are refused by the field.
func TestNobodyIsMeantWhoIsNotThere(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHall(t, db)
		here, away := h.recipient(), h.recipient()
		p := h.meaning(Consent, here)
		if err := h.runs.ArchiveRecipient(t.Context(), h.planner, h.ws, away.ID, h.now); err != nil {
			t.Fatal(err)
		}
		for name, ids := range map[string][]string{
			"put away": {here.Public(), away.Public()}, "none": {here.Public(), "rcp_zzzzzzz"}, "a programme": {here.Public(), p.Public()},
			"twice": {here.Public(), here.Public()}, "nobody here": {here.Public(), store.Public(RecipientPrefix, here.ID+1_000_000)},
		} {
			draft := p.Draft
			draft.Terms.Named = nil
			for _, id := range ids {
				draft.Terms.Named = append(draft.Terms.Named, NamedRecipient{ID: id})
			}
			err := h.book.Edit(t.Context(), clerk, h.read(p.ID), draft, h.now)
			if e, ok := errors.AsType[*fault.Error](err); !ok || len(e.Fields) != 1 || e.Fields[0].Name != "named[1]" {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
