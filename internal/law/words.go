package law

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// word is one fact that conditions may speak of: a field of a facts struct, named by
// its toml tag. Fields within a struct field are named with a dot, "label.name".
type word struct {
	name string
	path []int
	kind reflect.Kind
	// choices are the values that a string fact may have, from its tag `choices`;
	// without them the text is only present or missing.
	choices []string
	// low and high are the least and the greatest value that a number can have, from its
	// tags `min` and `max`; without them it is at least 0, and as great as it likes.
	low, high float64
}

// vocabulary is all words of one facts struct.
type vocabulary map[string]word

func wordsOf(t reflect.Type) vocabulary {
	out := vocabulary{}
	out.gather(t, "", nil)
	return out
}

func (v vocabulary) gather(t reflect.Type, prefix string, path []int) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, ok := f.Tag.Lookup("toml")
		if !ok {
			continue
		}
		w := word{name: prefix + name, path: append(slices.Clone(path), i), kind: f.Type.Kind()}
		w.low, w.high = bound(f.Tag.Get("min"), 0), bound(f.Tag.Get("max"), unbounded)
		if c := f.Tag.Get("choices"); c != "" {
			w.choices = strings.Split(c, ",")
		}
		switch w.kind {
		case reflect.Struct:
			if f.Type.String() != "time.Time" && f.Type.String() != "law.Nexus" {
				v.gather(f.Type, w.name+".", w.path)
			}
		case reflect.Bool, reflect.String, reflect.Int, reflect.Float64:
			v[w.name] = w
		}
	}
}

// bound reads a tag. One that cannot be read is no number, which no condition meets.
func bound(tag string, otherwise float64) float64 {
	if tag == "" {
		return otherwise
	}
	n, err := strconv.ParseFloat(tag, 64)
	if err != nil {
		return math.NaN()
	}
	return n
}

// nothing is how conditions name an empty choice.
const nothing = "none"

// find looks a word up and says which exist when it does not.
func (v vocabulary) find(name string) (word, error) {
	w, ok := v[name]
	if ok {
		return w, nil
	}
	known := make([]string, 0, len(v))
	for n := range v {
		known = append(known, n)
	}
	slices.Sort(known)
	return word{}, fmt.Errorf("no fact is named %q; known are %s", name, strings.Join(known, ", "))
}
