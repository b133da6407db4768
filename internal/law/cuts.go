package law

import (
	"math"
	"slices"
)

// Cuts are the whole numbers at which a fact of sending that is a number begins to count
// differently for some rule, ascending: between two of them all values are judged alike.
// A word that no rule compares has none.
func (s *Set) Cuts(word string) []int { return s.send.cuts(word) }

func (b *bench[F]) cuts(word string) (all []int) {
	for i := range b.entries {
		for _, c := range b.entries[i].when {
			for _, t := range c {
				if t.number && b.lexicon.used[t.at].name == word {
					all = append(all, t.cuts()...)
				}
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// cuts are the first whole number within a term's bounds and the first beyond them.
func (t *term) cuts() (all []int) {
	if t.low > -unbounded {
		all = append(all, int(math.Ceil(t.low)))
	}
	if t.high < unbounded {
		all = append(all, int(math.Floor(t.high))+1)
	}
	return all
}
