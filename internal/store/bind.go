package store

import (
	"strconv"
	"strings"
	"sync"
)

// List is the one argument of an `IN (?...)`. Build it with In.
type List struct {
	// array is the typed slice, for PostgreSQL's = ANY.
	array any
	items []any
}

// In makes the argument of `IN (?...)`; an empty list matches nothing.
func In[T int64 | string | []byte](items []T) List {
	l := List{array: items, items: make([]any, len(items))}
	for i, it := range items {
		l.items[i] = it
	}
	if items == nil {
		l.array = []T{}
	}
	return l
}

// bound remembers what rebinding gave for PostgreSQL; the statements of a
// program are a fixed set, so it does not grow.
//
//arch:shared a memory of pure results, the same for every database
var bound sync.Map

// bind gives the engine's text for a statement and the arguments as the driver
// wants them.
func (e Engine) bind(q text, args []any) (string, []any) {
	if e == PostgreSQL {
		return bindPostgres(string(q)), flatten(args)
	}
	return bindSQLite(string(q), args)
}

// flatten gives PostgreSQL a list as one array argument.
func flatten(args []any) []any {
	out := args
	for i, a := range args {
		l, ok := a.(List)
		if !ok {
			continue
		}
		if &out[0] == &args[0] {
			out = append([]any(nil), args...) // the caller's slice stays as it is
		}
		out[i] = l.array
	}
	return out
}

func bindPostgres(q string) string {
	if known, ok := bound.Load(q); ok {
		return known.(string)
	}
	s := strings.NewReplacer("NOT IN (?...)", "<> ALL(?)", "IN (?...)", "= ANY(?)",
		"/*lock*/", "FOR UPDATE SKIP LOCKED", "/*hold*/", "FOR NO KEY UPDATE").Replace(q)
	var b strings.Builder
	n, quoted := 0, false
	for i := range len(s) {
		switch c := s[i]; {
		case c == '\'':
			quoted = !quoted
			b.WriteByte(c)
		case c == '?' && !quoted:
			n++
			b.WriteString("$" + strconv.Itoa(n))
		default:
			b.WriteByte(c)
		}
	}
	bound.Store(q, b.String())
	return b.String()
}

// bindSQLite writes out lists. Their length is rounded up to a power of two, the
// last item repeated, so that few different statements are prepared.
func bindSQLite(q string, args []any) (string, []any) {
	if !strings.Contains(q, "(?...)") {
		return q, args
	}
	var out []any
	for _, a := range args {
		l, ok := a.(List)
		if !ok {
			out = append(out, a)
			continue
		}
		n := roundUp(len(l.items))
		q = strings.Replace(q, "(?...)", "("+marks(n)+")", 1)
		out = append(out, l.items...)
		for i := len(l.items); i < n && i > 0; i++ {
			out = append(out, l.items[len(l.items)-1])
		}
	}
	return q, out
}

func roundUp(n int) int {
	if n == 0 {
		return 0
	}
	p := 1
	for p < n {
		p *= 2
	}
	return p
}

func marks(n int) string {
	if n == 0 {
		return "" // SQLite takes IN () as "in nothing"
	}
	return "?" + strings.Repeat(",?", n-1)
}
