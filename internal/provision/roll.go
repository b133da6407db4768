package provision

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/store"
)

// partOfRoll is how many people are noted at once while they are counted: a transaction for every
// page would cost more than the counting.
const partOfRoll = 8 * pageOfRun

// counted is what somebody approves who approves a count; its people are on the run's roll.
type counted struct {
	// At is when it was made, in microseconds.
	At int64 `json:"made"`
	// Last is the id of the last person that was looked at. Who comes anew has a higher one.
	Last int64 `json:"last"`
}

// kept is a preview as it is stored, with what is approved with it.
type kept struct {
	Preview
	Counted counted `json:"counted,omitzero"`
}

// roll is the list of the people of a run who were counted, in the order of their ids. One part
// is held at a time.
type roll struct {
	run  int64
	part []int64
	// over says that nobody stands behind the part.
	over bool
}

// begin empties the list of a run that is counted anew.
func (r *roll) begin(ctx context.Context, db *store.DB, j *job.Run) error {
	return db.Write(ctx, func(tx *store.Tx) error {
		if err := r.counting(ctx, tx, j, 0); err != nil {
			return err
		}
		return dropRoll(ctx, tx, r.run)
	})
}

// counting says how many people were looked at so far, and holds the run: of one that was discarded
// meanwhile nobody is noted any more.
func (r *roll) counting(ctx context.Context, tx *store.Tx, j *job.Run, seen int64) error {
	if err := j.Show(ctx, tx, seen); err != nil { // first: a run that somebody else counts by now is theirs
		return err
	}
	var state string
	err := tx.QueryRow(ctx, sqlHoldRun, r.run, j.Workspace).Scan(&state)
	if err == nil && RunState(state) != Counting {
		err = job.ErrStopped
	}
	return err
}

// note adds people to the list, seen is how many were looked at so far. What is short of a part waits
// for more, unless they are the last.
func (r *roll) note(ctx context.Context, db *store.DB, j *job.Run, some *sheaf, seen int64) error {
	if r.part = append(r.part, some.people...); len(r.part) == 0 || some.next != 0 && len(r.part) < partOfRoll {
		return nil
	}
	err := db.Write(ctx, func(tx *store.Tx) error {
		if err := r.counting(ctx, tx, j, seen); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, sqlAddToRoll, r.run, r.part[len(r.part)-1], packed(r.part))
		return err
	})
	r.part = r.part[:0]
	return err
}

// missing are those of some people who are not on the list. nil is the list that is still being
// made, on which everybody is.
func (r *roll) missing(ctx context.Context, q store.Reader, people []contact.Person) (map[int64]bool, error) {
	if r == nil {
		return nil, nil
	}
	out := map[int64]bool{}
	for i := range people {
		id := people[i].ID
		if err := r.turn(ctx, q, id); err != nil {
			return nil, err
		}
		if _, on := slices.BinarySearch(r.part, id); !on {
			out[id] = true
		}
	}
	return out, nil
}

// turn reads the part in which a person would be. Whoever is asked for stands behind those before.
func (r *roll) turn(ctx context.Context, q store.Reader, id int64) error {
	if n := len(r.part); r.over || n > 0 && id <= r.part[n-1] {
		return nil
	}
	var people []byte
	err := q.QueryRow(ctx, sqlPartOfRoll, r.run, id).Scan(&people)
	if fault.Is(err, fault.NotFound) {
		r.over = true
		return nil
	}
	if err != nil {
		return err
	}
	r.part, err = unpacked(r.part[:0], people)
	return err
}

// packed writes ids, which only rise, as varints of their distances.
func packed(ids []int64) []byte {
	var last int64
	out := make([]byte, 0, 3*len(ids))
	for _, id := range ids {
		out = binary.AppendUvarint(out, uint64(id-last))
		last = id
	}
	return out
}

// unpacked adds the ids that packed wrote to a list.
func unpacked(ids []int64, text []byte) ([]int64, error) {
	var last int64
	for len(text) > 0 {
		step, n := binary.Uvarint(text)
		if n <= 0 {
			return nil, errRoll
		}
		text, last = text[n:], last+int64(step)
		ids = append(ids, last)
	}
	return ids, nil
}

// errRoll is a list of people that cannot be read.
var errRoll = errors.New("a stored list of counted people is damaged")

// dropRoll deletes the list of a run.
func dropRoll(ctx context.Context, tx *store.Tx, run int64) error {
	_, err := tx.Exec(ctx, sqlDropRoll, run)
	return err
}

// CountedAt is when the count was made that waits for its approval, zero where none does.
func (r Run) CountedAt() time.Time {
	if r.counted.At == 0 {
		return time.Time{}
	}
	return store.Time(r.counted.At)
}
