package provision

import (
	"context"
	"slices"
	"time"

	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Untimely is a provision that was made and that, by the steps as they stand since they were put
// right, was not allowed when it was made.
type Untimely struct {
	Run Run
	// Rule says no to it. Where it is nil Key is the i18n key of what was wrong: the programme
	// then had no version to provide by, or another one.
	Rule *law.Rule
	Key  string
}

// Untimely lists the provisions of a programme that its corrected steps do not bear, the latest
// first, and how many there are; the list ends after a hundred. They were made and stay made:
// whoever is responsible decides what is owed for them.
func (s *Runs) Untimely(ctx context.Context, r store.Reader, p Programme) (list []Untimely, all int, err error) {
	if !p.wasCorrected() {
		return nil, 0, nil
	}
	q := RunQuery{Workspace: p.Workspace, Programme: p.ID, Counted: true, Limit: mostRuns}
	for {
		runs, err := s.Runs(ctx, r, q)
		if err != nil {
			return nil, 0, err
		}
		for _, run := range runs {
			u, bad := s.Book.untimely(p, run)
			if !bad {
				continue
			}
			if all++; len(list) < mostRuns {
				list = append(list, u)
			}
		}
		if len(runs) < mostRuns {
			return list, all, nil
		}
		q.Before = runs[len(runs)-1].ID
	}
}

func (p Programme) wasCorrected() bool {
	return slices.ContainsFunc(p.Versions, func(v Version) bool {
		return len(v.Back) > 0 || slices.ContainsFunc(v.Steps, func(s Step) bool { return len(s.Past) > 0 })
	})
}

// untimely judges a run again at the moment at which its data went out.
func (b *Book) untimely(p Programme, run Run) (Untimely, bool) {
	then := p.asOf(run.HandedAt)
	u := Untimely{Run: run}
	v := then.providing(run.HandedAt)
	switch {
	case v == nil:
		u.Key = "provision.untimely.none"
	case v.Number != run.Version && !onlyAfter(p.Versions[run.Version-1].Items, v.Items):
		u.Key = "provision.untimely.version"
	}
	if v != nil {
		if u.Rule = b.Findings(then, run.HandedAt).Block(); u.Rule != nil {
			u.Key = ""
		}
	}
	return u, u.Rule != nil || u.Key != ""
}

// asOf is the programme as it was at a moment by the days of its steps. Steps are noted by the
// day, and each is taken to have been there on the whole of it; an end is from the next.
func (p Programme) asOf(at time.Time) Programme {
	then := p
	then.Versions = nil
	for _, v := range p.Versions {
		if v.CreatedAt.After(at) {
			break
		}
		steps := v.Steps
		v.Steps = nil
		for _, s := range steps {
			if s.Kind == Ended && at.Sub(s.On) < oneDay || s.On.After(at) {
				continue
			}
			v.Steps = append(v.Steps, s)
		}
		then.Versions = append(then.Versions, v)
	}
	return then
}
