package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/law"
)

// problemType is the media type of errors (RFC 9457).
const problemType = "application/problem+json"

// Keys with a meaning of their own for the status.
const (
	scopeMissing = "api.key.scope"
	roleMissing  = "account.role.may_not"
	tooOften     = "api.limit"
	noIfMatch    = "api.if_match.missing"
	erased       = "api.once.erased"
	secondsArg   = "Seconds"
)

// problem is an error answer (RFC 9457).
type problem struct {
	Title  string `json:"title" doc:"the kind of error, for people"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty" doc:"what to do about it, for people"`
	Code   string `json:"code" doc:"stable, for programs"`
	// Errors lists everything that is wrong with the input at once.
	Errors []field `json:"errors,omitempty" nullable:"false"`
	// retry is when to try again, in seconds; 0 is not told.
	retry int
}

// field is one input that is wrong.
type field struct {
	Name    string `json:"name" doc:"the field or parameter"`
	Message string `json:"message"`
	Code    string `json:"code" doc:"stable, for programs"`
	// Rule and Citation are of the rule that says no, if one does.
	Rule     string `json:"rule,omitempty"`
	Citation string `json:"citation,omitempty"`
}

// Error returns the detail, for logs.
func (p *problem) Error() string { return p.Code + ": " + p.Detail }

// GetStatus implements huma.StatusError.
func (p *problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *problem) ContentType(string) string { return problemType }

// GetHeaders implements huma.HeadersError.
func (p *problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="kyodaku"`)
	}
	if p.retry > 0 {
		h.Set("Retry-After", strconv.Itoa(p.retry))
	}
	return h
}

var (
	_ huma.StatusError  = (*problem)(nil)
	_ huma.HeadersError = (*problem)(nil)
)

// status is a fault in the words of HTTP.
func status(e *fault.Error) int {
	switch e.Kind {
	case fault.Invalid:
		if e.Key == noIfMatch {
			return http.StatusPreconditionRequired
		}
		return http.StatusUnprocessableEntity
	case fault.NotFound:
		if e.Key == erased {
			return http.StatusGone
		}
		return http.StatusNotFound
	case fault.Exists:
		return http.StatusConflict
	case fault.Refused:
		if e.Key == scopeMissing || e.Key == roleMissing {
			return http.StatusForbidden
		}
		return http.StatusConflict // a state or a rule is against it, not the key
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Busy:
		if e.Key == tooOften {
			return http.StatusTooManyRequests
		}
		return http.StatusServiceUnavailable
	case fault.Stale:
		return http.StatusPreconditionFailed
	}
	return http.StatusInternalServerError
}

// problem translates an error; what a caller may not see goes to the log.
func (s *server) problem(ctx context.Context, err error, lang i18n.Lang) *problem {
	if large, ok := errors.AsType[*http.MaxBytesError](err); ok && large != nil {
		return s.plain(http.StatusRequestEntityTooLarge, lang)
	}
	say := s.Texts.For(lang)
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		e = fault.New(fault.Internal, "fault.internal")
	}
	if e.Kind == fault.Internal && ctx.Err() == nil {
		s.Log.ErrorContext(ctx, "a call failed", slog.Any("error", err))
	}
	p := &problem{Title: say.T("fault." + e.Kind.String()), Status: status(e), Code: e.Kind.String()}
	if e.Key != "" && e.Kind != fault.Internal {
		p.Detail, p.Code = say.T(e.Key, e.Args...), e.Key
	}
	if e.Kind == fault.Busy {
		p.retry = 1
	}
	for i := 0; i+1 < len(e.Args); i += 2 {
		if n, ok := e.Args[i+1].(int); ok && e.Args[i] == secondsArg {
			p.retry = n
		}
	}
	for _, f := range e.Fields {
		p.Errors = append(p.Errors, s.field(f, say))
	}
	return p
}

// field says what is wrong with an input. A rule of law speaks for itself.
func (s *server) field(f fault.Field, say *i18n.Printer) field {
	out := field{Name: f.Name, Message: say.T(f.Key, f.Args...), Code: f.Key}
	for i := 0; i+1 < len(f.Args); i += 2 {
		id, ok := f.Args[i+1].(string)
		if !ok || f.Args[i] != "Rule" || id == "" {
			continue
		}
		if r, ok := s.Gate.Rules().Rule(law.RuleID(id)); ok {
			out.Rule, out.Message, out.Citation = id, r.Text(string(say.Lang)), r.Source(string(say.Lang))
		}
	}
	return out
}

// plain is the problem of a status that came up before any room was asked.
func (s *server) plain(status int, lang i18n.Lang) *problem {
	codes := map[int]string{
		http.StatusBadRequest: "api.body.bad", http.StatusNotFound: "api.path.unknown", http.StatusMethodNotAllowed: "api.method.unknown",
		http.StatusNotAcceptable: "api.accept.unknown", http.StatusRequestTimeout: "api.body.slow",
		http.StatusRequestEntityTooLarge: "api.body.large", http.StatusUnsupportedMediaType: "api.body.type",
		http.StatusUnprocessableEntity: "fault.invalid",
	}
	say := s.Texts.For(lang)
	code, ok := codes[status]
	if !ok {
		return &problem{Title: say.T("fault.internal"), Status: http.StatusInternalServerError, Code: fault.Internal.String()}
	}
	p := &problem{Title: say.T("fault.invalid"), Status: status, Detail: say.T(code), Code: code}
	if status == http.StatusNotFound {
		p.Title = say.T("fault.not_found")
	}
	if status == http.StatusUnprocessableEntity {
		p.Detail, p.Code = "", fault.Invalid.String()
	}
	return p
}
