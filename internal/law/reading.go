package law

import (
	"reflect"
	"slices"
	"strings"
	"sync"
)

// most is how many different facts the rules of one place may use.
const most = 96

// reading holds the values of the words that a place's rules use, by their place in
// the lexicon: choices, flags and texts as the one bit that is set (flags: 1 is no, 2
// is yes; texts: 1 is missing, 2 is present), numbers as they are. A choice that is
// none of those its word knows has no bit, and so no condition on it holds.
type reading struct {
	bits    [most]uint64
	numbers [most]float64
}

// desk is a copy of facts with a pointer to each word of it, found once: following
// pointers is many times faster than asking reflect for every decision.
type desk[F any] struct {
	facts   F
	flags   []spot[bool]
	texts   []spot[string]
	choices []spot[string]
	ints    []spot[int]
	floats  []spot[float64]
	reading reading
}

// spot is where a word's value stands, and its place in the reading.
type spot[T any] struct {
	value *T
	at    int
	among []string
}

// desks lends desks for one lexicon. The lexicon must be complete by the first loan.
type desks[F any] struct{ pool sync.Pool }

func (d *desks[F]) lend(l *lexicon) *desk[F] {
	if k, ok := d.pool.Get().(*desk[F]); ok {
		return k
	}
	return newDesk[F](l)
}

func (d *desks[F]) giveBack(k *desk[F]) { d.pool.Put(k) }

func newDesk[F any](l *lexicon) *desk[F] {
	d := &desk[F]{}
	all := reflect.ValueOf(&d.facts).Elem()
	for at, w := range l.used {
		v := all.FieldByIndex(w.path).Addr()
		switch {
		case w.kind == reflect.Bool:
			d.flags = append(d.flags, spotOf[bool](v, at, nil))
		case w.kind == reflect.Int:
			d.ints = append(d.ints, spotOf[int](v, at, nil))
		case w.kind == reflect.Float64:
			d.floats = append(d.floats, spotOf[float64](v, at, nil))
		case w.choices == nil:
			d.texts = append(d.texts, spotOf[string](v, at, nil))
		default:
			d.choices = append(d.choices, spotOf[string](v, at, w.choices))
		}
	}
	return d
}

// spotOf sees a field of a named type, such as Class, as the plain type below it.
func spotOf[T any](v reflect.Value, at int, among []string) spot[T] {
	p, _ := v.Convert(reflect.TypeFor[*T]()).Interface().(*T)
	return spot[T]{value: p, at: at, among: among}
}

// read takes facts in and says whether every choice is one that its word knows.
func (d *desk[F]) read(f *F) (sure bool) {
	d.facts, sure = *f, true
	r := &d.reading
	for i := range d.flags {
		r.bits[d.flags[i].at] = bit(*d.flags[i].value)
	}
	for i := range d.texts {
		r.bits[d.texts[i].at] = bit(strings.TrimSpace(*d.texts[i].value) != "")
	}
	for i := range d.ints {
		r.numbers[d.ints[i].at] = float64(*d.ints[i].value)
	}
	for i := range d.floats {
		r.numbers[d.floats[i].at] = *d.floats[i].value
	}
	for i := range d.choices {
		c := &d.choices[i]
		value := *c.value
		if value == "" {
			value = nothing
		}
		n := slices.Index(c.among, value)
		if r.bits[c.at] = 0; n >= 0 {
			r.bits[c.at] = 1 << uint(n)
		}
		sure = sure && n >= 0
	}
	return sure
}

func bit(yes bool) uint64 {
	if yes {
		return 1 << 1
	}
	return 1 << 0
}
