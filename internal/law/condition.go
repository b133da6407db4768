package law

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// clause is a condition's alternative: all its terms must hold.
type clause []term

// term compares one word with what a rule names.
type term struct {
	// at is the word's place in the reading.
	at int
	// choice: the value must be among these bits. Flags and texts are choices too.
	choices uint64
	number  bool
	// low and high bound a number, both included.
	low, high float64
}

func (t *term) holds(r *reading) bool {
	if t.number {
		v := r.numbers[t.at]
		return v >= t.low && v <= t.high
	}
	return t.choices&r.bits[t.at] != 0
}

func (c clause) holds(r *reading) bool {
	for i := range c {
		if !c[i].holds(r) {
			return false
		}
	}
	return true
}

// lexicon gives each word that is used a place in the reading.
type lexicon struct {
	words vocabulary
	used  []word
}

func (l *lexicon) place(w word) int {
	for i, u := range l.used {
		if u.name == w.name {
			return i
		}
	}
	l.used = append(l.used, w)
	return len(l.used) - 1
}

// clause compiles one table of a rule's `when`: fact = value, all of which must hold.
func (l *lexicon) clause(table map[string]any) (clause, error) {
	if len(table) == 0 {
		return nil, errors.New("a condition without any fact always holds")
	}
	var out clause
	for _, name := range slices.Sorted(maps.Keys(table)) {
		want := table[name]
		w, err := l.words.find(name)
		if err != nil {
			return nil, err
		}
		t, err := w.term(want)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		t.at = l.place(w)
		out = append(out, t)
	}
	return out, nil
}

func (w word) term(want any) (term, error) {
	switch w.kind {
	case reflect.Bool:
		b, ok := want.(bool)
		if !ok {
			return term{}, fmt.Errorf("wants true or false, not %v", want)
		}
		if b {
			return term{choices: 1 << 1}, nil
		}
		return term{choices: 1 << 0}, nil
	case reflect.Int, reflect.Float64:
		return numbers(want)
	}
	return w.texts(want)
}

// texts compiles a choice: one value, or a list of which any may hold. A text without
// choices is "missing" or "present".
func (w word) texts(want any) (term, error) {
	choices := w.choices
	if choices == nil {
		choices = []string{"missing", "present"}
	}
	list, ok := want.([]any)
	if !ok {
		list = []any{want}
	}
	var t term
	for _, v := range list {
		s, ok := v.(string)
		i := slices.Index(choices, s)
		if !ok || i < 0 {
			return t, fmt.Errorf("%v is none of %s", v, strings.Join(choices, ", "))
		}
		t.choices |= 1 << i
	}
	switch {
	case t.choices == 0:
		return t, errors.New("an empty list never holds")
	case t.choices == 1<<len(choices)-1:
		return t, errors.New("every possible value is listed: the fact decides nothing")
	}
	return t, nil
}

// numbers compiles 3, "> 24", ">= 0.003", "< 14", "<= 5" and "14..30" (both included).
func numbers(want any) (term, error) {
	t := term{number: true, low: -1e300, high: 1e300}
	switch v := want.(type) {
	case int64:
		t.low, t.high = float64(v), float64(v)
		return t, nil
	case float64:
		t.low, t.high = v, v
		return t, nil
	case string:
		return t, t.compare(strings.TrimSpace(v))
	}
	return t, fmt.Errorf("%v is no number", want)
}

func (t *term) compare(s string) error {
	if a, b, ok := strings.Cut(s, ".."); ok {
		low, err := strconv.ParseFloat(strings.TrimSpace(a), 64)
		high, err2 := strconv.ParseFloat(strings.TrimSpace(b), 64)
		if err = errors.Join(err, err2); err == nil && low > high {
			err = fmt.Errorf("%s never holds", s)
		}
		t.low, t.high = low, high
		return err
	}
	digits := strings.TrimLeft(s, "<>= ")
	n, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		return fmt.Errorf("%q is no comparison", s)
	}
	switch strings.TrimSpace(strings.TrimSuffix(s, digits)) {
	case ">":
		t.low = math.Nextafter(n, math.Inf(1))
	case ">=":
		t.low = n
	case "<":
		t.high = math.Nextafter(n, math.Inf(-1))
	case "<=":
		t.high = n
	default:
		return fmt.Errorf("%q is no comparison", s)
	}
	return nil
}
