package law

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"regexp"
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

// clause compiles one table of a rule's `when`: fact = value, all of which must hold. An
// error names the fact within the field that the table stands in.
func (l *lexicon) clause(field string, table map[string]any) (clause, error) {
	if len(table) == 0 {
		return nil, &wrong{field, errors.New("a condition without any fact always holds")}
	}
	var out clause
	for _, name := range slices.Sorted(maps.Keys(table)) {
		w, err := l.words.find(name)
		if err != nil {
			return nil, &wrong{field + "." + name, err}
		}
		t, err := w.term(table[name])
		if err != nil {
			return nil, &wrong{field + "." + name, fmt.Errorf("%s: %w", name, err)}
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
		return w.numbers(want)
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
		if t.choices&(1<<i) != 0 {
			return t, fmt.Errorf("%s is named twice", s)
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

// unbounded is what a comparison is open to where it names no bound.
const unbounded = 1e300

// numbers compiles 3, "> 24", ">= 0.003", "< 14", "<= 5" and "14..30" (both included), and
// refuses what no value of the fact could meet, or every one.
func (w word) numbers(want any) (term, error) {
	t := term{number: true, low: -unbounded, high: unbounded}
	var named []float64
	var err error
	switch v := want.(type) {
	case int64:
		t.low, t.high = float64(v), float64(v)
	case float64:
		t.low, t.high, named = v, v, []float64{v}
	case string:
		named, err = t.compare(v)
	default:
		err = fmt.Errorf("%v is no number", want)
	}
	if err != nil {
		return t, err
	}
	for _, n := range named {
		if math.IsNaN(n) || math.Abs(n) >= unbounded || w.kind == reflect.Int && n != math.Trunc(n) {
			return t, fmt.Errorf("%v is no value that the fact can have", n)
		}
	}
	switch {
	case !(t.low <= t.high && t.low <= w.high && t.high >= w.low): // so written, a bound that is no number refuses too
		return t, fmt.Errorf("%v never holds: the fact is %s", want, w.extent())
	case t.low <= w.low && t.high >= w.high:
		return t, fmt.Errorf("%v always holds: the fact is %s", want, w.extent())
	}
	return t, nil
}

// extent says which values a number can have.
func (w word) extent() string {
	if w.high >= unbounded {
		return fmt.Sprintf("%g or more", w.low)
	}
	return fmt.Sprintf("%g to %g", w.low, w.high)
}

var (
	// oneNumber is a comparison with a number, twoNumbers the range between two.
	oneNumber  = regexp.MustCompile(`^(>=?|<=?) *(-?[0-9]+(?:\.[0-9]+)?)$`)
	twoNumbers = regexp.MustCompile(`^(-?[0-9]+(?:\.[0-9]+)?) *\.\. *(-?[0-9]+(?:\.[0-9]+)?)$`)
)

// compare reads a comparison and returns the numbers that it names.
func (t *term) compare(s string) ([]float64, error) {
	if m := twoNumbers.FindStringSubmatch(s); m != nil {
		low, err := strconv.ParseFloat(m[1], 64)
		high, err2 := strconv.ParseFloat(m[2], 64)
		t.low, t.high = low, high
		return []float64{low, high}, errors.Join(err, err2)
	}
	m := oneNumber.FindStringSubmatch(s)
	if m == nil {
		return nil, fmt.Errorf("%q is no comparison", s)
	}
	n, err := strconv.ParseFloat(m[2], 64)
	switch m[1] {
	case ">":
		t.low = math.Nextafter(n, math.Inf(1))
	case ">=":
		t.low = n
	case "<":
		t.high = math.Nextafter(n, math.Inf(-1))
	case "<=":
		t.high = n
	}
	return []float64{n}, err
}
