package campaign

import (
	"cmp"
	"context"
	"slices"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
)

// kind is a number of people for whom two of them answer.
type kind struct{ count, first, last int64 }

// traits are everything that the gate's answer about a person depends on.
type traits struct {
	// state is the place of the permission's state in contact.Standings.
	state uint8
	// since and at are the spans that the permission, and what it rests on, date from.
	since, at uint8
	beside
	// person and ground are the kinds that stand beside the state.
	person, ground int64
}

// sorter is an audience on its way into kinds.
type sorter struct {
	calendar calendar
	kinds    map[traits]*kind
	// alone are people of no kind.
	alone []int64
	most  int64
	// overflow says that somebody was left out.
	overflow bool
}

// sort goes through the whole audience once. Memory is taken by those who refused or
// chose something, some 20 octets each, and by the kinds; the others stream by.
func (f *forecast) sort(ctx context.Context, most int64) (*sorter, error) {
	s := &sorter{calendar: newCalendar(f.book.Gate.Rules(), f.now), kinds: map[traits]*kind{}, most: most}
	remarks, err := f.remarks(ctx, s.calendar)
	if err != nil {
		return nil, err
	}
	for i, state := range contact.Standings() {
		if err := f.sortState(ctx, s, uint8(i), state, remarks); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// sortState goes through those in one state and what is remarked of them, both in the
// order of their addresses.
func (f *forecast) sortState(ctx context.Context, s *sorter, number uint8, state string, remarks []remark) error {
	rows, err := f.r.Query(ctx, sqlSorted, f.campaign.Workspace, f.campaign.Topic, state)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		t := traits{state: number}
		var id, since, at int64
		if err := rows.Scan(&id, &t.person, &t.ground, &since, &at); err != nil {
			return err
		}
		for len(remarks) > 0 && remarks[0].address < id {
			remarks = remarks[1:]
		}
		if len(remarks) > 0 && remarks[0].address == id {
			t.beside = remarks[0].beside
		}
		t.since, t.at = s.calendar.span(since), s.calendar.span(at)
		s.add(id, t)
	}
	return rows.Err()
}

// add counts one person.
func (s *sorter) add(id int64, t traits) {
	switch {
	case t.person == contact.Outside:
		return
	case t.person == 0 || t.ground == 0 || t.ground == consent.Alone:
		if int64(len(s.alone)) < s.most {
			s.alone = append(s.alone, id)
		} else {
			s.overflow = true
		}
		return
	}
	k := s.kinds[t]
	if k == nil {
		if int64(len(s.kinds)) >= s.most {
			s.overflow = true
			return
		}
		k = &kind{first: id}
		s.kinds[t] = k
	}
	k.count, k.last = k.count+1, id
}

// list gives the kinds in the order of their first people, as the tables have them.
func (s *sorter) list() []kind {
	all := make([]kind, 0, len(s.kinds))
	for _, k := range s.kinds {
		all = append(all, *k)
	}
	slices.SortFunc(all, func(a, b kind) int { return cmp.Compare(a.first, b.first) })
	return all
}
