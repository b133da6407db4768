package law

import "time"

// Chapter is the rules of one legal order, in the order of their files.
type Chapter struct {
	// ID is "all" for rules of several orders, else the name of the one.
	ID    string
	Rules []*Rule
}

// Begun says whether the day has come from which the rule counts.
func (r *Rule) Begun(at time.Time) bool { return !at.Before(r.from) }

// Book groups all rules by legal order, Japan first and those of several orders last.
// Every entry stands in exactly one chapter.
func (s *Set) Book() []Chapter {
	places := append(append([]string{}, jurisdictionNames[:]...), "all")
	byID := map[string][]*Rule{}
	for _, r := range s.rules {
		id := "all"
		if names := r.reach.Names(); len(names) == 1 {
			id = names[0]
		}
		byID[id] = append(byID[id], r)
	}
	var out []Chapter
	for _, id := range places {
		if len(byID[id]) > 0 {
			out = append(out, Chapter{id, byID[id]})
		}
	}
	return out
}
