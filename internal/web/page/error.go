package page

import (
	"errors"
	"net/http"

	"github.com/kyodaku/kyodaku/internal/fault"
)

// errTooLarge is a body over the route's limit.
var errTooLarge = &fault.Error{Kind: fault.Invalid, Key: "page.too_large"}

// status translates a kind of error to HTTP.
func status(err error) int {
	if errors.Is(err, errTooLarge) {
		return http.StatusRequestEntityTooLarge
	}
	switch fault.Of(err) {
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Exists, fault.Stale:
		return http.StatusConflict
	case fault.Refused:
		return http.StatusForbidden
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Busy:
		return http.StatusTooManyRequests
	default:
		return http.StatusInternalServerError
	}
}

// asMendable returns the fault that a person can mend in a form.
func asMendable(err error) (*fault.Error, bool) {
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return nil, false
	}
	switch e.Kind {
	case fault.Invalid, fault.Exists, fault.Stale, fault.Refused, fault.Unauthenticated, fault.Busy:
		return e, !errors.Is(err, errTooLarge)
	default:
		return nil, false
	}
}

// errorPage is the struct of the view "error".
type errorPage struct {
	Status int
	// Title and Text are catalogue keys; Args fill Text.
	Title, Text string
	Args        []any
	Fields      []fault.Field
	RequestID   string
	Home        string
}

func newErrorPage(err error, requestID string) errorPage {
	p := errorPage{Status: status(err), RequestID: requestID}
	kind := fault.Of(err)
	p.Title, p.Text = "page.error."+kind.String(), "fault."+kind.String()
	if e, ok := errors.AsType[*fault.Error](err); ok && kind != fault.Internal {
		if e.Key != "" {
			p.Text, p.Args = e.Key, e.Args
		}
		p.Fields = e.Fields
	}
	return p
}
