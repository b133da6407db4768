package contact

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Segment picks people by what is known of them. Zero values ask for nothing; what
// is asked must all hold. It decides about no permission.
type Segment struct {
	// Topic asks for a given permission for this topic.
	Topic int64
	// Grade asks for a given permission with evidence of this grade, A to D: for Topic, or
	// for any topic where that is 0.
	Grade string
	// Attribute is a key; Equals or Contains its value. Neither asks for any value.
	Attribute        string
	Equals, Contains string
	Prefecture       string
	// Company is a part of the company's name.
	Company      string
	CreatedSince time.Time
}

// Member is an address of somebody in a segment.
type Member struct {
	Contact int64
	Address int64
	// Domain is the mail domain, Hash the address's keyed hash.
	Domain string
	Hash   []byte
	// Standing is set by Audience.
	Standing Standing
	attrs    string
}

// Standing is what the consent log's projection says of an address and a topic:
// facts for the gate, which judges them.
type Standing struct {
	State string
	Basis string
	Grade string
	Event int64
	Since time.Time
	// ValidUntil and PausedUntil are zero where nothing is said.
	ValidUntil, PausedUntil time.Time
	FrequencyCount          int
	FrequencyPeriod         string
}

// Members lists the addresses of a channel whose people are in a segment, by the
// address's key, from behind after. Fewer than limit is the end.
func (b *Book) Members(ctx context.Context, r store.Reader, workspace int64, ch addr.Channel, s Segment, page Page) ([]Member, error) {
	return s.pages(page, func(after int64, limit int) ([]Member, error) {
		rows, err := r.Query(ctx, sqlMembers, append(append([]any{workspace, after, string(ch)}, s.args()...), limit)...)
		if err != nil {
			return nil, fmt.Errorf("contact: members: %w", err)
		}
		defer rows.Close()
		var all []Member
		for rows.Next() {
			var m Member
			if err := m.scan(rows); err != nil {
				return nil, fmt.Errorf("contact: members: %w", err)
			}
			all = append(all, m)
		}
		return all, wrap("members", rows.Err())
	})
}

// pageLimit stands where no limit is given.
const pageLimit = 500

// Page is a piece of a long list: at most Limit from behind the key After.
type Page struct {
	After int64
	Limit int
}

// Standings are the states an audience is made of when none are named: all of those
// who ever agreed, so that whoever left is withheld with a reason and not passed over.
func Standings() []string { return []string{"given", "refused", "withdrawn", "expired"} }

// Audience says whose standings are wanted.
type Audience struct {
	Workspace int64
	Topic     int64
	Channel   addr.Channel
	// States are those of consent_state; nil is Standings.
	States  []string
	Segment Segment
}

// Audience lists the addresses that have a standing for a topic, with their people,
// by the address's key, from behind page.After. Fewer than the limit is the end. It
// gives facts and decides nothing.
func (b *Book) Audience(ctx context.Context, r store.Reader, a Audience, page Page) ([]Member, error) {
	states := a.States
	if states == nil {
		states = Standings()
	}
	return a.Segment.pages(page, func(after int64, limit int) (all []Member, err error) {
		for _, state := range states {
			some, err := audienceOf(ctx, r, a, state, Page{after, limit})
			if err != nil {
				return nil, fmt.Errorf("contact: audience: %w", err)
			}
			all = append(all, some...)
		}
		slices.SortFunc(all, func(x, y Member) int { return cmp.Compare(x.Address, y.Address) })
		return all[:min(limit, len(all))], nil
	})
}

func audienceOf(ctx context.Context, r store.Reader, a Audience, state string, page Page) (all []Member, err error) {
	args := []any{a.Workspace, a.Topic, state, page.After, string(a.Channel)}
	rows, err := r.Query(ctx, sqlAudience, append(append(args, a.Segment.args()...), page.Limit)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var m Member
		var since, until, paused int64
		s := &m.Standing
		err := m.scan(rows, &s.State, &s.Basis, &s.Grade, &s.Event, &since, &until, &s.FrequencyCount, &s.FrequencyPeriod, &paused)
		if err != nil {
			return nil, err
		}
		s.Since, s.ValidUntil, s.PausedUntil = store.Time(since), store.Time(until), store.Time(paused)
		all = append(all, m)
	}
	return all, rows.Err()
}

// pages reads on until a page is full, for attributes are judged here and not by
// the database.
func (s Segment) pages(page Page, read func(after int64, limit int) ([]Member, error)) ([]Member, error) {
	if page.Limit <= 0 {
		page.Limit = pageLimit
	}
	var out []Member
	after := page.After
	for {
		some, err := read(after, page.Limit)
		if err != nil {
			return nil, err
		}
		for _, m := range some {
			after = m.Address
			in, err := s.holds(m)
			if err != nil {
				return nil, err
			}
			if in {
				out = append(out, m)
			}
			if len(out) == page.Limit {
				return out, nil
			}
		}
		if len(some) < page.Limit {
			return out, nil
		}
	}
}

// args gives the arguments of memberWhere.
func (s Segment) args() []any {
	return []any{s.Prefecture, s.Prefecture, contains(s.Company), store.Micros(s.CreatedSince), s.Topic, s.Topic, s.Grade, s.Grade, s.Topic, s.Topic}
}

// holds says whether a member has the attribute that is asked for.
func (s Segment) holds(m Member) (bool, error) {
	if s.Attribute == "" {
		return true, nil
	}
	attrs, err := readAttrs(m.attrs)
	value, ok := attrs[s.Attribute]
	return ok && (s.Equals == "" || value == s.Equals) && strings.Contains(value, s.Contains), err
}

// scan reads memberColumns behind whatever stands before them.
func (m *Member) scan(row scanner, before ...any) error {
	return row.Scan(append(before, &m.Address, &m.Contact, &m.Domain, &m.Hash, &m.attrs)...)
}
