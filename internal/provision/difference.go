package provision

import "time"

// Difference is an item that two of the register, the public page and the last filing
// say differently.
type Difference struct {
	// One and Other are "register" (what counts here), "page" (what the public reads) or
	// "filing" (what was filed last); OneVersion and OtherVersion the versions they stand at,
	// 0 where there is none.
	One, Other               string
	OneVersion, OtherVersion int
	// Items differ; none where a side is missing altogether.
	Items []Item
}

// Differences compares what counts, what the public reads and what was filed last.
// Nothing is found of a programme whose class asks for no announcement.
func (p Programme) Differences(now time.Time) []Difference {
	if !p.Announces() {
		return nil
	}
	type side struct {
		name string
		v    *Version
	}
	sides := []side{{"register", p.Serving(now)}, {"page", nil}, {"filing", nil}}
	if n, ok := noticeOf(p, now); ok {
		sides[1].v = &n.Now
	}
	for i := range p.Versions {
		v := &p.Versions[i]
		if coming := sides[0].v != nil && v.Number > sides[0].v.Number && p.counts(v); !coming && v.did(Filed) != nil {
			sides[2].v = v
		}
	}
	if p.Class != OptOut {
		sides = sides[:2] // nothing else is filed
	}
	var out []Difference
	for i, one := range sides {
		for _, other := range sides[i+1:] {
			if d, differs := compare(one.v, other.v); differs {
				d.One, d.Other = one.name, other.name
				out = append(out, d)
			}
		}
	}
	return out
}

func compare(one, other *Version) (d Difference, differs bool) {
	if one != nil {
		d.OneVersion = one.Number
	}
	if other != nil {
		d.OtherVersion = other.Number
	}
	if one == nil || other == nil {
		return d, one != other
	}
	for _, c := range Changes(one.Items, other.Items) {
		d.Items = append(d.Items, c.Item)
	}
	return d, len(d.Items) > 0
}
