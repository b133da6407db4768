package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// Deps are the rooms that the interface opens.
type Deps struct {
	DB        *store.DB
	Accounts  *account.Book
	Contacts  *contact.Book
	Importer  *contact.Importer
	Consent   *consent.Log
	Gate      *gate.Gate
	Campaigns *campaign.Book
	Jobs      *job.Runner
	Texts     *i18n.Catalogue
	Proxies   page.Proxies
	Version   string
	Clock     func() time.Time
}

// server holds what operations use.
type server struct {
	Deps
	api huma.API
}

// New builds the handler of everything under /api/.
func New(d Deps) http.Handler {
	mux := http.NewServeMux()
	c := huma.DefaultConfig("Kyodaku", d.Version)
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "/api/openapi", "", ""
	c.CreateHooks = nil // no $schema links in answers
	c.Info.Description = "Permissions as events, campaigns, and one question: may this message go to this address?"
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"key": {Type: "http", Scheme: "bearer", Description: "An API key, made under Settings. It begins with kyk_."},
	}
	s := &server{Deps: d, api: humago.New(mux, c)}
	s.workspaceOperations()
	s.contactOperations()
	s.consentOperations()
	s.importOperations()
	s.campaignOperations()
	return mux
}

// prefix is where version 1 lives.
const prefix = "/api/v1"

// maxBody bounds JSON bodies, in bytes.
const maxBody = 1 << 20

// operation is what differs between the operations.
type operation struct {
	method, path, id, summary string
	scope                     account.Scope
	status                    int
}

// register adds an operation that needs a key with a scope.
func register[I, O any](s *server, o operation, do func(ctx context.Context, c call, in *I) (*O, error)) {
	tag, _, _ := strings.Cut(strings.TrimPrefix(o.path, "/"), "/")
	huma.Register(s.api, huma.Operation{
		OperationID: o.id, Method: o.method, Path: prefix + o.path, Summary: o.summary, DefaultStatus: o.status,
		Tags: []string{tag}, MaxBodyBytes: maxBody, Middlewares: huma.Middlewares{s.authenticate(o.scope)},
		Security: []map[string][]string{{"key": {string(o.scope)}}},
		Errors:   []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusUnprocessableEntity},
	}, func(ctx context.Context, in *I) (*O, error) {
		c, ok := ctx.Value(callKey{}).(call)
		if !ok {
			return nil, s.problem(fault.New(fault.Unauthenticated, "fault.unauthenticated"), i18n.En)
		}
		out, err := do(ctx, c, in)
		if err != nil {
			return nil, s.problem(err, c.lang)
		}
		return out, nil
	})
}

// call is who calls, and in which language.
type call struct {
	key  account.APIKey
	by   account.By
	lang i18n.Lang
	now  time.Time
}

func (c call) workspace() int64 { return c.key.Workspace }

// callKey finds the call in a context; it is read only here, at the edge.
type callKey struct{}

func (s *server) authenticate(scope account.Scope) func(huma.Context, func(huma.Context)) {
	return func(h huma.Context, next func(huma.Context)) {
		lang := i18n.Choose(h.Header("Accept-Language"), i18n.En)
		secret, ok := strings.CutPrefix(h.Header("Authorization"), "Bearer ")
		now := s.Clock()
		key, err := s.Accounts.APIKeyBySecret(h.Context(), secret, now)
		switch {
		case !ok || fault.Is(err, fault.NotFound):
			err = fault.New(fault.Unauthenticated, "api.key.unknown")
		case err == nil && !key.Allows(scope):
			err = fault.New(fault.Refused, "api.key.scope", "Scope", string(scope))
		}
		if err != nil {
			s.write(h, s.problem(err, lang))
			return
		}
		c := call{key: key, by: key.By(s.network(h)), lang: lang, now: now}
		next(huma.WithValue(h, callKey{}, c))
	}
}

// network is the caller's address for the audit log.
func (s *server) network(h huma.Context) string {
	r, _ := humago.Unwrap(h)
	return s.Proxies.Client(r).String()
}

// address parses a mail address that a caller named.
func (s *server) address(c call, text string) (addr.Mail, []byte, error) {
	m, err := addr.ParseMail(text)
	if err != nil {
		return addr.Mail{}, nil, err
	}
	return m, s.Contacts.Hash(c.workspace(), m), nil
}

// topic finds a topic by its key or its public id.
func (s *server) topic(ctx context.Context, c call, name string) (consent.Topic, error) {
	if id, err := store.ParsePublic("tpc", name); err == nil {
		return s.Consent.TopicByID(ctx, s.DB, c.workspace(), id)
	}
	t, err := s.Consent.TopicByKey(ctx, s.DB, c.workspace(), name)
	if fault.Is(err, fault.NotFound) {
		return t, fault.Bad("topic", "api.topic.unknown")
	}
	return t, err
}

// when writes a time for JSON; a zero time is left out.
func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
