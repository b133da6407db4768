package law

import "time"

// TemplateFacts is what the rules of this place are held against.
type TemplateFacts struct {
	Now   time.Time     `toml:"now"`
	Reach Jurisdictions `toml:"-"`
}

var templateChecks = map[string]func(*TemplateFacts) bool{}

// Template is everything the rules say, blocks first.
func (s *Set) Template(f *TemplateFacts) Findings { return s.template.all(f, f.Now, f.Reach, s.doubt) }
