package law

import (
	"slices"
	"testing"
)

// TestCutsPartAllThatRulesTellApart holds the cuts against the judging itself, for every
// number that a rule of sending compares.
func TestCutsPartAllThatRulesTellApart(t *testing.T) {
	t.Parallel()
	set, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	if got := set.Cuts("permission.quiet_months"); !slices.Equal(got, []int{12}) {
		t.Errorf("quiet months: %v", got)
	}
	if got := set.Cuts("permission.state"); got != nil {
		t.Errorf("a choice has the cuts %v", got)
	}
	b := set.send
	for i := range b.entries {
		for _, c := range b.entries[i].when {
			for _, term := range c {
				if !term.number {
					continue
				}
				cuts := set.Cuts(b.lexicon.used[term.at].name)
				for v := -5; v < 200; v++ {
					var before, after reading
					before.numbers[term.at], after.numbers[term.at] = float64(v-1), float64(v)
					if term.holds(&before) != term.holds(&after) && !slices.Contains(cuts, v) {
						t.Errorf("%s: %d is no cut of %v", b.entries[i].rule.ID, v, cuts)
					}
				}
			}
		}
	}
}
