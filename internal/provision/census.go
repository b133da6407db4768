package provision

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
)

// census tells, in little room, whether the people of one data set are among those of another:
// people fall into parts, each with their number and the sum of their marks.
type census [][2]uint64

// partsOfCensus is how many parts it has. Somebody who comes in stays unseen only where more people
// of the very same part went out.
const partsOfCensus = 256

// add counts somebody; salt is the run's.
func (c *census) add(salt []byte, person int64) {
	if *c == nil {
		*c = make(census, partsOfCensus)
	}
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(slices.Clone(salt), uint64(person)))
	part := &(*c)[sum[0]]
	part[0]++
	part[1] += binary.BigEndian.Uint64(sum[8:])
}

// plus is the census of both.
func (c census) plus(o census) census {
	if c == nil || o == nil {
		return append(slices.Clone(c), o...)
	}
	out := slices.Clone(c)
	for i := range o {
		out[i][0] += o[i][0]
		out[i][1] += o[i][1]
	}
	return out
}

// within says whether all of these people are among the others.
func (c census) within(o census) bool {
	for i, part := range c {
		var other [2]uint64
		if i < len(o) {
			other = o[i]
		}
		if part[0] > other[0] || part[0] == other[0] && part != other {
			return false
		}
	}
	return true
}

// counted is what somebody approves who approves a count: that of nobody who came after it.
type counted struct {
	// At is when it was made, in microseconds.
	At int64 `json:"at"`
	// Last is the id of the last person that was looked at. Who comes anew has a higher one.
	Last int64 `json:"last"`
	// People are those who would be provided.
	People census `json:"people,omitempty"`
}

// kept is a preview as it is stored, with what is approved with it.
type kept struct {
	Preview
	Counted counted `json:"counted,omitzero"`
}
