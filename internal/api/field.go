package api

import (
	"errors"
	"strings"

	"github.com/kyodaku/kyodaku/internal/fault"
)

// withoutPrefix takes from field names what only the room's callers see.
func withoutPrefix(err error, prefix string) error {
	return renamed(err, func(name string) string { return strings.TrimPrefix(name, prefix) })
}

// asNamed gives the fields of a room the names they have in the interface.
func asNamed(err error, names map[string]string) error {
	return renamed(err, func(name string) string {
		if ours, ok := names[name]; ok {
			return ours
		}
		return name
	})
}

// renamed copies an error with other field names; errors without fields stay.
func renamed(err error, name func(string) string) error {
	e, ok := errors.AsType[*fault.Error](err)
	if !ok || len(e.Fields) == 0 {
		return err
	}
	out := *e
	out.Fields = make([]fault.Field, len(e.Fields))
	for i, f := range e.Fields {
		f.Name = name(f.Name)
		out.Fields[i] = f
	}
	return &out
}
