package law

import "time"

// RetentionFacts is what the rules of this place are held against.
type RetentionFacts struct {
	Now   time.Time     `toml:"now"`
	Reach Jurisdictions `toml:"-"`
}

var retentionChecks = map[string]func(*RetentionFacts) bool{}

// Retention is everything the rules say, blocks first.
func (s *Set) Retention(f *RetentionFacts) Findings {
	return s.retention.all(f, f.Now, f.Reach, s.doubt)
}
