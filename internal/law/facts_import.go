package law

import "time"

// ImportFacts is what the rules of this place are held against.
type ImportFacts struct {
	Now   time.Time     `toml:"now"`
	Reach Jurisdictions `toml:"-"`
}

var importChecks = map[string]func(*ImportFacts) bool{}

// Import is everything the rules say, blocks first.
func (s *Set) Import(f *ImportFacts) Findings { return s.imports.all(f, f.Now, f.Reach, s.doubt) }
