package provision

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Past is what a step said until it was put right or taken back.
type Past struct {
	On                  time.Time
	Evidence, Elsewhere string
	// Until is when that was, Reason why. Back says that the step was taken back.
	Until  time.Time
	Reason string
	Back   bool
}

// Told are the past sayings that anybody could read and that were other than what followed:
// another day, another place of the notice, or a step that was taken back.
func (s Step) Told() []Past {
	var out []Past
	for i, was := range s.Past {
		on, elsewhere := s.On, s.Elsewhere
		if i+1 < len(s.Past) {
			on, elsewhere = s.Past[i+1].On, s.Past[i+1].Elsewhere
		}
		if was.Back || !was.On.Equal(on) || was.Elsewhere != elsewhere {
			out = append(out, was)
		}
	}
	return out
}

// saying is what is written down of a step: first, to put it right, to take it back (Void) or
// to take it Again.
type saying struct {
	Programme   int64
	Version     int
	Step        Step
	Void, Again bool
	Reason      string
	At          time.Time
}

// addStep stores a saying.
func (b *Book) addStep(ctx context.Context, tx *store.Tx, by account.By, s saying) error {
	id, err := tx.NewID(ctx)
	if err != nil {
		return err
	}
	kind, on := string(s.Step.Kind), store.Micros(s.Step.On)
	if !s.Again && s.Reason == "" {
		_, err = tx.Exec(ctx, sqlAddStep, id, s.Programme, s.Version, kind, on, s.Step.Evidence, s.Step.Elsewhere, store.Micros(s.At), by.Actor.ID)
		return err
	}
	_, err = tx.Exec(ctx, sqlAddCorrection, id, s.Programme, s.Version, kind, s.Programme, s.Version, kind, on, s.Step.Evidence, s.Step.Elsewhere,
		s.Void, s.Reason, store.Micros(s.At), by.Actor.ID)
	return err
}

// steps fills in the steps of the versions.
func steps(ctx context.Context, r store.Reader, programme int64, versions []Version) error {
	rows, err := r.Query(ctx, sqlSteps, programme, programme)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var s saying
		var on, at, n int64
		if err := rows.Scan(&s.Version, &s.Step.Kind, &on, &s.Step.Evidence, &s.Step.Elsewhere, &at, &s.Void, &s.Reason, &n); err != nil {
			return err
		}
		s.Step.On, s.At = store.Time(on), store.Time(at)
		s.Step.Evidence = strings.TrimSpace(s.Step.Evidence)
		versions[s.Version-1].hear(s)
	}
	for i := range versions {
		for _, list := range [][]Step{versions[i].Steps, versions[i].Back} {
			slices.SortFunc(list, func(a, b Step) int {
				return cmp.Compare(slices.Index(StepKinds(), a.Kind), slices.Index(StepKinds(), b.Kind))
			})
		}
	}
	return rows.Err()
}

// hear takes what was said next of a step.
func (v *Version) hear(s saying) {
	step := s.Step
	i := stepIn(v.Steps, step.Kind)
	if i < 0 { // taken, or taken again, which begins anew
		step.At = s.At
		if j := v.back(step.Kind); j >= 0 {
			step.Past = v.Back[j].Past
			v.Back = slices.Delete(v.Back, j, j+1)
		}
		v.Steps = append(v.Steps, step)
		return
	}
	was := v.Steps[i]
	past := append(was.Past, Past{On: was.On, Evidence: was.Evidence, Elsewhere: was.Elsewhere, Until: s.At, Reason: s.Reason, Back: s.Void})
	if s.Void {
		was.Past = past
		v.Back, v.Steps = append(v.Back, was), slices.Delete(v.Steps, i, i+1)
		return
	}
	step.At, step.Past = was.At, past
	v.Steps[i] = step
}

// back is where in Back a step of a kind is, negative if it is not.
func (v *Version) back(k StepKind) int { return stepIn(v.Back, k) }
