package provision

import (
	"context"
	"slices"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// StepKind is something that was done about a version.
type StepKind string

// The steps; StepKinds has their order.
const (
	// Noticed: people were notified, or the notice stands where they easily find it.
	Noticed StepKind = "noticed"
	// Filed: the commission has the filing.
	Filed StepKind = "filed"
	// PublishedByPPC: the commission published it (APPI 27(4)).
	PublishedByPPC StepKind = "published_by_ppc"
	// PublishedByUs: we published the same afterwards (APPI-R 14).
	PublishedByUs StepKind = "published_by_us"
	// Ended: the provision has ceased; our page says so from its record on.
	Ended StepKind = "ended"
	// EndFiled: the commission has been told that it ceased (APPI 27(3)).
	EndFiled StepKind = "end_filed"
)

// StepKinds lists the steps in the order in which the law has them.
func StepKinds() []StepKind {
	return []StepKind{Noticed, Filed, PublishedByPPC, PublishedByUs, Ended, EndFiled}
}

// Step is one dated, evidenced act.
type Step struct {
	Kind StepKind
	// On is when it happened.
	On time.Time
	// Evidence is where it can be seen: a receipt number, a URL.
	Evidence string
	// Elsewhere is where or how a notice was given that is older than its record: a URL, a
	// letter. It is told on the public page.
	Elsewhere string
	// At is when it was recorded, whatever was put right since.
	At time.Time
	// Past is what it said before it was put right, the oldest first.
	Past []Past
}

// oneDay is what the midnight of today may lie back, in any time zone.
const oneDay = 24 * time.Hour

// Take records a step of a programme's version; of the programme only its id and
// workspace count. Steps come in the law's order, each once (unless it was taken back, see
// Correct), none in the future and none before the one it follows. Our page shows a version from the moment that its notice is
// recorded, so a notice of an earlier day must have stood elsewhere: the time that people had to
// read it would otherwise be made up.
func (b *Book) Take(ctx context.Context, by account.By, of Programme, version int, s Step, now time.Time) error {
	return failed("take a step", b.db.Write(ctx, func(tx *store.Tx) error {
		if err := hold(ctx, tx, of.Workspace, of.ID); err != nil {
			return err
		}
		p, err := b.ByID(ctx, tx, of.Workspace, of.ID)
		if err != nil {
			return err
		}
		if err := p.mayTake(version, s, now); err != nil {
			return err
		}
		if err := b.addStep(ctx, tx, by, saying{Programme: p.ID, Version: version, Step: s, At: now, Again: p.Versions[version-1].back(s.Kind) >= 0}); err != nil {
			return err
		}
		return b.note(ctx, tx, by, p, act{"provision.step", map[string]any{"version": version, "step": s.Kind}, now})
	}))
}

func (p Programme) mayTake(version int, s Step, now time.Time) error {
	v, first, err := p.place(version, s.Kind)
	if err != nil {
		return err
	}
	if v.did(s.Kind) != nil {
		return fault.New(fault.Exists, "provision.step.twice")
	}
	var bad fault.Fields
	if first != "" && v.did(first) == nil {
		bad.Add("kind", "provision.step.order", "First", string(first))
	}
	s.At = now
	p.object(v, s, now, &bad)
	return bad.Err()
}

// place finds the version and the step that must be recorded before one of a kind, "" for none.
func (p Programme) place(version int, k StepKind) (v *Version, first StepKind, err error) {
	if version < 1 || version > len(p.Versions) {
		return nil, "", fault.Bad("version", "provision.version.unknown")
	}
	v = &p.Versions[version-1]
	first, known := p.first(v, k)
	if !known {
		return nil, "", fault.Bad("kind", "provision.step.unknown")
	}
	return v, first, nil
}

// object says what cannot be of a step that was recorded at s.At.
func (p Programme) object(v *Version, s Step, now time.Time, bad *fault.Fields) {
	before, after := p.around(v, s.Kind)
	if before != nil && s.On.Before(before.On) {
		bad.Add("on", "provision.step.before")
	}
	if after != nil && s.On.After(after.On) {
		bad.Add("on", "provision.step.behind")
	}
	if s.On.After(now) || s.On.IsZero() {
		bad.Add("on", "provision.step.future")
	}
	if blank(s.Evidence) || broken(s.Evidence) {
		bad.Add("evidence", "provision.step.evidence")
	}
	switch {
	case s.Elsewhere != "" && (s.Kind != Noticed || broken(s.Elsewhere) || blank(s.Elsewhere)):
		bad.Add("elsewhere", "provision.step.elsewhere")
	case s.Kind == Noticed && s.Elsewhere == "" && s.At.Sub(s.On) > oneDay:
		bad.Add("on", "provision.step.early")
	}
}

// around are the steps that stand before and behind one of a kind, nil for none.
func (p Programme) around(v *Version, k StepKind) (before, after *Step) {
	course := p.course(v.Items)
	n := slices.Index(course, k)
	for _, earlier := range course[:n] {
		if s := v.did(earlier); s != nil {
			before = s
		}
	}
	for _, later := range course[n+1:] {
		if s := v.did(later); s != nil {
			return before, s
		}
	}
	return before, nil
}

// did is a step of the version, nil if it was not taken.
func (v *Version) did(k StepKind) *Step {
	i := stepIn(v.Steps, k)
	if i < 0 {
		return nil
	}
	return &v.Steps[i]
}

func stepIn(steps []Step, k StepKind) int {
	return slices.IndexFunc(steps, func(s Step) bool { return s.Kind == k })
}

// State is how far a programme has come.
type State string

// The states of an opt-out provision.
const (
	Draft           State = "draft"
	Announced       State = "noticed"
	Submitted       State = "filed"
	PPCPublished    State = "published_by_ppc"
	WaitingForStart State = "published_by_us"
	Running         State = "running"
	HasEnded        State = "ended"
)

// State is that of the version that counts, or of the latest where none does yet. One that
// counts without steps of its own, see InForce, goes on as the one before it.
func (p Programme) State(now time.Time) State {
	v := p.Serving(now)
	if v != nil && v.did(Ended) == nil && !now.Before(v.Items.StartDay()) {
		return Running
	}
	if v == nil {
		v = p.latest()
	} else if !p.counts(v) {
		v = p.published(v.Number)
	}
	if v == nil {
		return Draft
	}
	if v.did(Ended) != nil {
		return HasEnded
	}
	for _, k := range slices.Backward([]StepKind{Noticed, Filed, PublishedByPPC, PublishedByUs}) {
		if v.did(k) != nil {
			return State(k)
		}
	}
	return Draft
}

// InForce is the version that counts: the latest that was announced as its class asks, by
// opt-out also filed and published. A version that differs from it only in item 1 (joint
// use: in the manager's address) counts at once, for its notice and filing are owed
// afterwards (APPI 27(3), (6)); it does not carry on a provision that has ceased. It may begin
// later only; see Serving.
func (p Programme) InForce() *Version {
	return p.latestOf(func(_, v *Version) bool { return p.counts(v) })
}

// Serving is the version that the provision goes by at a time: the one in force, but one that
// changes a provision which goes on serves only from its start day (APPI-R 10, item 8b), and the
// one before it until then.
func (p Programme) Serving(now time.Time) *Version {
	return p.latestOf(func(at, v *Version) bool {
		goesOn := at != nil && at.did(Ended) == nil && !now.Before(at.Items.StartDay())
		return p.counts(v) && (!goesOn || !now.Before(v.Items.StartDay()))
	})
}

// latestOf is the last version that takes the place of the one before it: by a test, or as one
// that changes nothing of a provision but what may be announced afterwards.
func (p Programme) latestOf(takes func(at, v *Version) bool) *Version {
	var at *Version
	for i := range p.Versions {
		v := &p.Versions[i]
		if takes(at, v) || at != nil && at.did(Ended) == nil && onlyAfter(at.Items, v.Items) {
			at = v
		}
	}
	return at
}

func onlyAfter(from, to Items) bool {
	return !slices.ContainsFunc(Changes(from, to), func(c Change) bool { return c.Prior })
}

// settled says whether nothing of a version's announcement is left to do that is owed without
// delay.
func (p Programme) settled(v *Version) bool {
	return p.counts(v) || p.Class == OptOut && v.did(Filed) != nil
}

// endOwed says whether a provision ceased of which the commission was not told.
func (p Programme) endOwed(v *Version) bool {
	return v.did(Ended) != nil && v.did(EndFiled) == nil && slices.Contains(p.course(v.Items), EndFiled)
}

// Owed lists the versions whose change is in force but not yet announced (by opt-out: and
// filed), or whose end is not: tasks "without delay".
func (p Programme) Owed() []int {
	var out []int
	in := p.InForce()
	for i := range p.Versions {
		v := &p.Versions[i]
		if in != nil && v.Number <= in.Number && !p.settled(v) || p.endOwed(v) {
			out = append(out, v.Number)
		}
	}
	return out
}
