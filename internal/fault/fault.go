package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Kind is what the caller can do about an error.
type Kind uint8

// The kinds. Their zero value is Internal: what nobody classified is our fault.
const (
	// Internal is a defect or a broken machine; retrying later may help.
	Internal Kind = iota
	// Invalid is bad input; Fields names what to change.
	Invalid
	// NotFound is an unknown or hidden thing.
	NotFound
	// Exists is a clash with something already there.
	Exists
	// Refused is a rule that says no: permission, law or state.
	Refused
	// Unauthenticated is a missing, wrong or expired credential.
	Unauthenticated
	// Busy is a limit or a lock; the same call may go through later.
	Busy
	// Stale is an edit of something that changed in the meantime.
	Stale
)

var kindNames = [...]string{"internal", "invalid", "not_found", "exists", "refused", "unauthenticated", "busy", "stale"}

// String returns the kind's stable code, as API answers carry it.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return kindNames[Internal]
}

// Field is one input field that is wrong.
type Field struct {
	// Name is the field as the caller knows it (form name, JSON pointer, column).
	Name string
	// Key is the i18n key of a sentence that says what to change.
	Key string
	// Args fill the sentence: alternating names and values.
	Args []any
}

// Error is an error with a kind and a text that is safe to show.
type Error struct {
	Kind Kind
	// Key is the i18n key of a safe sentence; empty means the kind's own.
	Key string
	// Args fill the sentence: alternating names and values.
	Args []any
	// Fields lists the wrong inputs of an Invalid error.
	Fields []Field
	// Err is the cause; it may hold details that must not be shown.
	Err error
}

// Error returns the text for logs and developers, in English.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Kind.String())
	if e.Key != "" {
		b.WriteString(": " + e.Key)
	}
	for i, a := range e.Args {
		if i%2 == 1 {
			fmt.Fprintf(&b, " %v=%v", e.Args[i-1], a)
		}
	}
	for _, f := range e.Fields {
		b.WriteString(": " + f.Name + " " + f.Key)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// New makes an error of a kind with a safe sentence and its arguments
// (alternating names and values).
func New(kind Kind, key string, args ...any) *Error {
	return &Error{Kind: kind, Key: key, Args: args}
}

// Wrap gives a cause a kind and a safe sentence; a nil cause stays nil.
func Wrap(kind Kind, err error, key string, args ...any) error {
	if err == nil {
		return nil
	}
	return &Error{Kind: kind, Key: key, Args: args, Err: err}
}

// Bad makes an Invalid error for one field.
func Bad(field, key string, args ...any) *Error {
	return &Error{Kind: Invalid, Fields: []Field{{Name: field, Key: key, Args: args}}}
}

// Of returns the kind of the first *Error in err's chain, or Internal.
func Of(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// Is says whether err is of a kind. A nil error is of none.
func Is(err error, kind Kind) bool {
	return err != nil && Of(err) == kind
}

// Temporary says whether the same call may succeed later: unknown is temporary.
func Temporary(err error) bool {
	k := Of(err)
	return err != nil && (k == Internal || k == Busy)
}
