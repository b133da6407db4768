package law

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// ruleOf reads a rule from its table. A field that no rule has, or whose value is of
// another kind, is an error that names it.
func ruleOf(table map[string]any) (*Rule, error) {
	r := &Rule{}
	for _, name := range slices.Sorted(maps.Keys(table)) {
		if err := r.take(name, table[name]); err != nil {
			return r, &wrong{name, fmt.Errorf("%s: %w", name, err)}
		}
	}
	return r, nil
}

// take fills the field of a name.
func (r *Rule) take(name string, v any) error {
	rule := reflect.ValueOf(r).Elem()
	for i := range rule.NumField() {
		if name == "-" || rule.Type().Field(i).Tag.Get("toml") != name {
			continue
		}
		switch to := rule.Field(i); {
		case to.Kind() == reflect.String:
			return takeText(to, v)
		case name == "when":
			return r.takeWhen(v)
		default:
			return takeList(to, v)
		}
	}
	return errors.New("unknown field")
}

// takeText takes a text as it is to be shown, with nothing around it.
func takeText(to reflect.Value, v any) error {
	s, ok := v.(string)
	switch {
	case !ok:
		return fmt.Errorf("wants a text, not %v", v)
	case s != strings.TrimSpace(s):
		return fmt.Errorf("%q has blanks around it", s)
	}
	to.SetString(s)
	return nil
}

// takeList takes a list of different texts; an empty one would say what no list says.
func takeList(to reflect.Value, v any) error {
	list, ok := v.([]any)
	if !ok {
		return fmt.Errorf("wants a list of texts, not %v", v)
	}
	if len(list) == 0 {
		return errors.New("an empty list says nothing")
	}
	out := reflect.MakeSlice(to.Type(), len(list), len(list))
	for i, one := range list {
		if err := takeText(out.Index(i), one); err != nil {
			return err
		}
		if out.Index(i).Len() == 0 {
			return errors.New("an empty text says nothing")
		}
		if slices.Contains(list[:i], one) {
			return fmt.Errorf("%q is named twice", one)
		}
	}
	to.Set(out)
	return nil
}

// takeWhen takes a condition's alternatives, however they are written.
func (r *Rule) takeWhen(v any) error {
	tables, ok := v.([]map[string]any)
	if list, is := v.([]any); is {
		ok = true
		for _, one := range list {
			table, is := one.(map[string]any)
			tables, ok = append(tables, table), ok && is
		}
	}
	switch {
	case !ok:
		return fmt.Errorf("wants a list of tables, not %v", v)
	case len(tables) == 0:
		return errors.New("an empty list never holds")
	}
	r.When = tables
	return nil
}
