package law

import (
	"fmt"
	"reflect"
	"slices"
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

// reading holds the values of the words that a place's rules use: choices as bits,
// flags as 0 and 1, texts as 0 (missing) and 1, numbers as they are.
type reading []float64

// nothing is how conditions name an empty choice.
const nothing = "none"

// unsure is the value of a choice that is none of those its word knows.
const unsure = -1

func (w *word) read(v reflect.Value) float64 {
	f := v.FieldByIndex(w.path)
	switch w.kind {
	case reflect.Bool:
		if f.Bool() {
			return 1
		}
		return 0
	case reflect.Int:
		return float64(f.Int())
	case reflect.Float64:
		return f.Float()
	}
	s := f.String()
	if w.choices != nil {
		if s == "" {
			s = nothing
		}
		return float64(slices.Index(w.choices, s))
	}
	if strings.TrimSpace(s) == "" {
		return 0
	}
	return 1
}

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
