package api

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
)

// problem is an error answer (RFC 9457).
type problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	// Code is stable, for programs.
	Code string `json:"code"`
	// Rule is the law rule that said no, if one did.
	Rule   string  `json:"rule,omitempty"`
	Errors []field `json:"errors,omitempty"`
}

// field is one input that is wrong.
type field struct {
	Name    string `json:"name"`
	Message string `json:"message"`
	Code    string `json:"code"`
}

// Error returns the detail, for logs.
func (p *problem) Error() string { return p.Code + ": " + p.Detail }

// GetStatus implements huma.StatusError.
func (p *problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *problem) ContentType(string) string { return "application/problem+json" }

var _ huma.StatusError = (*problem)(nil)

// status is a kind of error in the words of HTTP.
func status(k fault.Kind) int {
	switch k {
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Exists:
		return http.StatusConflict
	case fault.Refused:
		return http.StatusForbidden
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Busy:
		return http.StatusServiceUnavailable
	case fault.Stale:
		return http.StatusPreconditionFailed
	}
	return http.StatusInternalServerError
}

// problem translates an error; what a caller may not see stays inside.
func (s *server) problem(err error, lang i18n.Lang) *problem {
	say := s.Texts.For(lang)
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		e = fault.New(fault.Internal, "fault.internal")
	}
	kind := "fault." + e.Kind.String()
	p := &problem{Title: say.T(kind), Status: status(e.Kind), Code: e.Kind.String()}
	if e.Key != "" && e.Kind != fault.Internal {
		p.Detail, p.Code = say.T(e.Key, e.Args...), e.Key
	}
	for _, f := range e.Fields {
		p.Errors = append(p.Errors, field{Name: f.Name, Message: say.T(f.Key, f.Args...), Code: f.Key})
	}
	return p
}

// write answers with a problem before any operation was reached.
func (s *server) write(h huma.Context, p *problem) {
	h.SetStatus(p.Status)
	h.SetHeader("Content-Type", "application/problem+json")
	if p.Status == http.StatusUnauthorized {
		h.SetHeader("WWW-Authenticate", `Bearer realm="kyodaku"`)
	}
	_ = json.NewEncoder(h.BodyWriter()).Encode(p) // the caller may have gone
}
