package api

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// answer is one object, with its version where it has one.
type answer[T any] struct {
	ETag     string `header:"ETag"`
	Location string `header:"Location"`
	Body     T
}

func one[T any](v T) *answer[T] { return &answer[T]{Body: v} }

// part is a part of a list.
type part[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"give it as after to go on; absent at the end"`
}

type list[T any] struct{ Body part[T] }

func listOf[T any](items []T, next string) *list[T] {
	if items == nil {
		items = []T{}
	}
	return &list[T]{part[T]{items, next}}
}

// viewed turns rows into their views.
func viewed[R, V any](rows []R, view func(R) V) []V {
	out := make([]V, len(rows))
	for i, r := range rows {
		out[i] = view(r)
	}
	return out
}

type nothing struct{}

type byID struct {
	ID string `path:"id"`
}

// tag is the version of something that knows when it was changed (RFC 9110 8.8.3).
func tag(changed time.Time) string { return `"` + strconv.FormatInt(store.Micros(changed), 36) + `"` }

// seen reads the version that an edit started from.
func seen(ifMatch string) (time.Time, error) {
	if ifMatch == "" {
		return time.Time{}, fault.New(fault.Invalid, noIfMatch)
	}
	micros, err := strconv.ParseInt(strings.Trim(ifMatch, `"`), 36, 64)
	if err != nil {
		return time.Time{}, fault.New(fault.Stale, "fault.stale") // it is none of ours, so it is not the present one
	}
	return store.Time(micros), nil
}

// when writes a time for JSON; a zero time is left out.
func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// public writes an id, or nothing for none.
func public(prefix string, id int64) string {
	if id == 0 {
		return ""
	}
	return store.Public(prefix, id)
}

// after reads a cursor that is an id; empty begins.
func after(prefix, cursor string) (int64, error) {
	if cursor == "" {
		return 0, nil
	}
	id, err := store.ParsePublic(prefix, cursor)
	if err != nil {
		return 0, fault.Bad("after", "api.cursor.bad")
	}
	return id, nil
}

// next is the cursor after a full page.
func next(prefix string, full bool, last int64) string {
	if !full {
		return ""
	}
	return store.Public(prefix, last)
}

// moment is a cursor in a list that goes back in time.
type moment struct {
	at time.Time
	id int64
}

func (m moment) String() string { return fmt.Sprintf("%d-%d", store.Micros(m.at), m.id) }

func momentAfter(cursor string) (m moment, err error) {
	if cursor == "" {
		return m, nil
	}
	at, id, found := strings.Cut(cursor, "-")
	micros, err1 := strconv.ParseInt(at, 10, 64)
	m.id, err = strconv.ParseInt(id, 10, 64)
	if !found || err1 != nil || err != nil {
		return m, fault.Bad("after", "api.cursor.bad")
	}
	m.at = store.Time(micros)
	return m, nil
}

// address parses a mail address that a caller named.
func (s *server) address(c call, text string) (addr.Mail, []byte, error) {
	m, err := addr.ParseMail(text)
	if err != nil {
		return addr.Mail{}, nil, err
	}
	*c.about = s.Contacts.Hash(c.workspace(), m)
	return m, *c.about, nil
}

// topic finds a topic by its key or its public id.
func (s *server) topic(ctx context.Context, r store.Reader, c call, name string) (t consent.Topic, err error) {
	if id, bad := store.ParsePublic(topicPrefix, name); bad == nil {
		t, err = s.Consent.TopicByID(ctx, r, c.workspace(), id)
	} else {
		t, err = s.Consent.TopicByKey(ctx, r, c.workspace(), name)
	}
	if fault.Is(err, fault.NotFound) {
		return t, fault.Bad("topic", "api.topic.unknown")
	}
	return t, err
}

// topicID is topic for inputs that may leave it out.
func (s *server) topicID(ctx context.Context, c call, name string) (int64, error) {
	if name == "" {
		return 0, nil
	}
	t, err := s.topic(ctx, s.DB, c, name)
	return t.ID, err
}
