package contact

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/store"
)

// standing gives every address of workspace 1 a state for topic 7, in turn.
func (w *world) standing(t *testing.T, contacts []Contact, states ...string) {
	t.Helper()
	w.write(t, func(tx *store.Tx) error {
		var args []any
		for i, c := range contacts {
			all, err := w.book.AddressesOf(t.Context(), tx, 1, c.ID)
			if err != nil {
				return err
			}
			args = append(args, all[0].ID, 7, 1, c.ID, states[i%len(states)], "B1", "A", 100+i, 1)
		}
		return tx.InsertRows(t.Context(), sqlTestState, "", 9, args)
	})
}

func TestSegmentsAndAudience(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		var all []Contact
		for i := range 20 {
			c := Contact{Prefecture: []string{"東京都", "大阪府"}[i%2], Company: []string{"青葉", "100%若葉"}[i/10], Attrs: map[string]string{"size": []string{"S", "M", "L_x"}[i%3]}}
			all = append(all, w.person(t, c, fmt.Sprintf("p%02d@example.jp", i)))
		}
		w.standing(t, all, "given", "withdrawn", "requested", "given")
		for name, c := range map[string]struct {
			segment           Segment
			members, audience int
		}{
			"all":        {Segment{}, 20, 15},
			"prefecture": {Segment{Prefecture: "大阪府"}, 10, 10},
			"company":    {Segment{Company: "%若"}, 10, 7},
			"equals":     {Segment{Attribute: "size", Equals: "M"}, 7, 6},
			"contains":   {Segment{Attribute: "size", Contains: "_"}, 6, 4},
			"no such":    {Segment{Attribute: "pet"}, 0, 0},
			"topic":      {Segment{Topic: 7}, 10, 10},
			"grade":      {Segment{Grade: "A"}, 10, 10},
			"worse":      {Segment{Topic: 7, Grade: "C"}, 0, 0},
			"later":      {Segment{CreatedSince: epoch.Add(time.Second)}, 0, 0},
		} {
			members := drain(t, func(p Page) ([]Member, error) {
				return w.book.Members(ctx, w.db, 1, addr.Email, c.segment, p)
			})
			audience := drain(t, func(p Page) ([]Member, error) {
				return w.book.Audience(ctx, w.db, Audience{Workspace: 1, Topic: 7, Channel: addr.Email, Segment: c.segment}, p)
			})
			if len(members) != c.members || len(audience) != c.audience {
				t.Errorf("%s: %d members, %d in the audience, want %d, %d", name, len(members), len(audience), c.members, c.audience)
			}
			for _, m := range audience {
				if m.Standing.State == "requested" || m.Standing.Basis != "B1" || m.Contact == 0 || m.Domain != "example.jp" {
					t.Errorf("%s: %+v", name, m)
				}
			}
		}
		given, err := w.book.Audience(ctx, w.db, Audience{Workspace: 1, Topic: 7, Channel: addr.Email, States: []string{"given"}}, Page{})
		if err != nil || len(given) != 10 {
			t.Errorf("%d given, %v", len(given), err)
		}
		if other, err := w.book.Members(ctx, w.db, 2, addr.Email, Segment{}, Page{}); err != nil || len(other) != 0 {
			t.Errorf("another workspace has %d members, %v", len(other), err)
		}
		found, err := w.book.Count(ctx, w.db, 1, Query{Topic: 7, State: "given"})
		if err != nil || found != 10 {
			t.Errorf("%d with a given permission, %v", found, err)
		}
	})
}

// drain reads by pages of three and holds that each address comes once and in order.
func drain(t *testing.T, read func(Page) ([]Member, error)) (all []Member) {
	t.Helper()
	for after := int64(0); ; {
		some, err := read(Page{After: after, Limit: 3})
		if err != nil {
			t.Fatal(err)
		}
		if all = append(all, some...); len(some) < 3 {
			break
		}
		after = some[len(some)-1].Address
	}
	ids := make([]int64, len(all))
	for i, m := range all {
		ids[i] = m.Address
	}
	if !slices.IsSorted(ids) || len(slices.Compact(ids)) != len(all) {
		t.Errorf("not each once and in order: %v", ids)
	}
	return all
}
