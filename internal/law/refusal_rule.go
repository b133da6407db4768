package law

import "time"

// RefusalRule is the rule by which a no that reached us is recorded, "" when it comes
// from the person's own hand, which needs no rule to count.
func (s *Set) RefusalRule(no RefusalFacts, now time.Time) RuleID {
	f := CollectionFacts{Now: now, Reach: everywhere, Act: "refusal", Refusal: no}
	if found := s.Collection(&f); len(found) > 0 {
		return found[0].Rule.ID
	}
	return ""
}
