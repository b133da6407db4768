package law

import "time"

// CollectionFacts is what the rules of this place are held against.
type CollectionFacts struct {
	Now   time.Time     `toml:"now"`
	Reach Jurisdictions `toml:"-"`
}

var collectionChecks = map[string]func(*CollectionFacts) bool{}

// Collection is everything the rules say, blocks first.
func (s *Set) Collection(f *CollectionFacts) Findings {
	return s.collection.all(f, f.Now, f.Reach, s.doubt)
}
