package law

import "time"

// ProvisionFacts is what the rules of this place are held against.
type ProvisionFacts struct {
	Now   time.Time     `toml:"now"`
	Reach Jurisdictions `toml:"-"`
}

var provisionChecks = map[string]func(*ProvisionFacts) bool{}

// Provision is everything the rules say, blocks first.
func (s *Set) Provision(f *ProvisionFacts) Findings {
	return s.provision.all(f, f.Now, f.Reach, s.doubt)
}
