package law

import "time"

// RefusalRule is the rule by which a no that reached us in a way is recorded, "" when it
// comes from the person's own hand, which needs no rule to count.
func (s *Set) RefusalRule(way string, now time.Time) RuleID {
	f := CollectionFacts{Now: now, Reach: everywhere, Act: "refusal", Refusal: RefusalFacts{Way: way}}
	if found := s.Collection(&f); len(found) > 0 {
		return found[0].Rule.ID
	}
	return ""
}
