package provision

import (
	"slices"

	"github.com/kyodaku/kyodaku/internal/store"
)

// bearing says which consents bear a provision: those given to a wording that told its
// purpose, its recipients and all of its items (APPI 27(1)), and what is to be told of a
// country abroad (APPI 28(2)). Who agreed to something else has not agreed to it.
type bearing struct {
	// versions are the numbers of the wordings that tell it.
	versions []int64
	// since is from when they stand without another between: a consent of which nobody
	// noted the wording counts from then, in microseconds.
	since int64
}

// bearing is that of the items of a version, as far as they are provided; told says whether who
// read other items was told of whoever is to get the data.
func (p Programme) bearing(of *Version, fields []string, told func(Items) bool) bearing {
	var b bearing
	for i := range p.Versions {
		v := &p.Versions[i]
		switch {
		case told(v.Items) && v.Items.tells(of.Items, fields):
			b.versions = append(b.versions, int64(v.Number))
		case v.Number < of.Number:
			b.since = store.Micros(p.Versions[i+1].CreatedAt)
		}
	}
	return b
}

// tells says whether whoever read these items knows of a provision by those, whoever gets the data.
func (i Items) tells(of Items, fields []string) bool {
	return i.Terms.Purpose == of.Terms.Purpose && i.Terms.Recipients == of.Terms.Recipients && i.Terms.Foreign == of.Terms.Foreign &&
		!slices.ContainsFunc(fields, func(f string) bool { return !i.has(f) })
}

// has says whether a consent to a version, 0 if nobody noted it, bears the provision.
func (b bearing) has(version, on int64) bool {
	if version == 0 {
		return on >= b.since
	}
	return slices.Contains(b.versions, version)
}

// fields are the fields of all items.
func (i Items) fields() (out []string) {
	for _, d := range i.Data {
		out = append(out, d.Field)
	}
	return out
}
