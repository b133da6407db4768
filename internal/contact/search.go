package contact

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"strings"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/contact/kana"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Query says whom to look for. Zero values ask for nothing.
type Query struct {
	// Text is up to three words, each part of a name, reading, company or address,
	// in kanji, kana or Latin letters.
	Text string
	// Topic, State, Basis and Grade are of one consent state that the person has.
	Topic int64
	State string
	Basis string
	Grade string
	// After is the last contact of the page before; 0 begins with the newest.
	After int64
	Limit int
}

// maxWords is how many words of a query are looked for.
const maxWords = 3

// Search lists the living contacts that match, the newest first.
func (b *Book) Search(ctx context.Context, r store.Reader, workspace int64, q Query) ([]Contact, error) {
	if c, ok, err := b.byAddress(ctx, r, workspace, q); ok || err != nil {
		return c, err
	}
	if q.Limit <= 0 {
		q.Limit = 50
	}
	var all []Contact
	rows, err := q.rows(ctx, r, workspace)
	if err != nil {
		return nil, fmt.Errorf("contact: search: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		c, err := scanContact(rows)
		if err != nil {
			return nil, fmt.Errorf("contact: search: %w", err)
		}
		all = append(all, c)
	}
	return all, wrap("search", rows.Err())
}

func (q Query) rows(ctx context.Context, r store.Reader, workspace int64) (*sql.Rows, error) {
	if q.byState() {
		return r.Query(ctx, sqlSearchByState, append(append(q.words(workspace), q.states()...), q.Limit)...)
	}
	return r.Query(ctx, sqlSearch, append(q.words(workspace), q.Limit)...)
}

// Count tells how many living contacts match, whatever After and Limit say.
func (b *Book) Count(ctx context.Context, r store.Reader, workspace int64, q Query) (n int64, err error) {
	q.After = 0
	if q.byState() {
		err = r.QueryRow(ctx, sqlCountByState, append(q.words(workspace), q.states()...)...).Scan(&n)
	} else {
		err = r.QueryRow(ctx, sqlCount, q.words(workspace)...).Scan(&n)
	}
	return n, wrap("count", err)
}

// byAddress answers a whole address by its hash, without looking through the book.
func (b *Book) byAddress(ctx context.Context, r store.Reader, workspace int64, q Query) ([]Contact, bool, error) {
	mail, err := addr.ParseMail(strings.TrimSpace(q.Text))
	if err != nil || q.byState() || q.After != 0 {
		return nil, false, nil
	}
	a, err := b.AddressByHash(ctx, r, workspace, b.Hash(workspace, mail))
	if fault.Is(err, fault.NotFound) || err == nil && a.Contact == 0 {
		return nil, false, nil // it may be a part of another address
	}
	if err != nil {
		return nil, false, err
	}
	c, err := b.Get(ctx, r, workspace, a.Contact)
	if err != nil || !c.Live() {
		return nil, false, err
	}
	return []Contact{c}, true, nil
}

func (q Query) byState() bool { return q.Topic != 0 || q.State+q.Basis+q.Grade != "" }

// words gives the arguments of searchWhere.
func (q Query) words(workspace int64) []any {
	after := q.After
	if after == 0 {
		after = math.MaxInt64
	}
	args := []any{workspace, after}
	words := strings.Fields(q.Text)
	for i := range maxWords {
		if i >= len(words) {
			args = append(args, "%", "%")
			continue
		}
		word := kana.SearchKey(words[i])
		args = append(args, contains(word), contains(foldRomaji(word)))
	}
	return args
}

// states gives the arguments of searchState.
func (q Query) states() []any {
	return []any{q.Topic, q.Topic, q.State, q.State, q.Basis, q.Basis, q.Grade, q.Grade}
}

// contains is the LIKE pattern for a text that holds s.
func contains(s string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s) + "%"
}
