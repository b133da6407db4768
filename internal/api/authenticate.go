package api

import (
	"context"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
)

// call is who calls, and in which language.
type call struct {
	key  account.APIKey
	by   account.By
	lang i18n.Lang
	now  time.Time
	// about is the keyed hash of the address that the call names, if it does.
	about *[]byte
}

func (c call) workspace() int64 { return c.key.Workspace }

// callKey finds the call in a context; it is read only here, at the edge.
type callKey struct{}

// languageOf is the language of an answer: programs that ask for none are told in English.
func languageOf(header string) i18n.Lang { return i18n.Choose(header, i18n.En) }

// authenticate lets in the keys that have a scope.
func (s *server) authenticate(scope account.Scope) func(huma.Context, func(huma.Context)) {
	return func(h huma.Context, next func(huma.Context)) {
		c, err := s.callOf(h, scope)
		if err != nil {
			s.refuse(h, err)
			return
		}
		h.SetHeader("Content-Language", string(c.lang))
		next(huma.WithValue(h, callKey{}, c))
	}
}

func (s *server) callOf(h huma.Context, scope account.Scope) (call, error) {
	c := call{lang: languageOf(h.Header("Accept-Language")), now: s.Clock(), about: new([]byte)}
	scheme, secret, _ := strings.Cut(h.Header("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return c, fault.New(fault.Unauthenticated, "api.key.unknown")
	}
	var err error
	c.key, err = s.Accounts.APIKeyBySecret(h.Context(), strings.TrimSpace(secret), c.now)
	switch {
	case fault.Is(err, fault.Unauthenticated):
		return c, fault.New(fault.Unauthenticated, "api.key.unknown")
	case err != nil:
		return c, err
	case scope != anyKey && !c.key.Allows(scope):
		return c, fault.New(fault.Refused, scopeMissing, "Scope", string(scope))
	}
	c.by = c.key.By(s.network(h))
	return c, nil
}

// network is the caller's address for the audit log.
func (s *server) network(h huma.Context) string {
	r, _ := humago.Unwrap(h)
	return s.Proxies.Client(r).String()
}

// refuse answers before the operation is reached.
func (s *server) refuse(h huma.Context, err error) {
	_, w := humago.Unwrap(h)
	lang := languageOf(h.Header("Accept-Language"))
	w.Header().Set("Content-Language", string(lang))
	s.send(w, s.problem(h.Context(), err, lang))
}

// mediaType refuses bodies of a kind that nobody reads: guessing would take one
// thing for another.
func (s *server) mediaType(upload []string) func(huma.Context, func(huma.Context)) {
	return func(h huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(h)
		known := upload
		if len(known) == 0 {
			known = []string{"application/json"}
		}
		if h.Operation().RequestBody != nil && r.ContentLength != 0 {
			given, _, err := mime.ParseMediaType(h.Header("Content-Type"))
			if err != nil || !slices.Contains(known, given) {
				p := s.plain(http.StatusUnsupportedMediaType, languageOf(h.Header("Accept-Language")))
				s.send(w, p)
				return
			}
		}
		next(h)
	}
}

// audit writes down what a key did, in the transaction of what it did.
func (s *server) audit(ctx context.Context, tx *store.Tx, c call, e account.Entry) error {
	e.Workspace, e.Actor, e.Network = c.workspace(), c.by.Actor, c.by.Network
	return s.Accounts.Audit(ctx, tx, e, c.now)
}
