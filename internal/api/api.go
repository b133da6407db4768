package api

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/collect"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// Deps are the rooms that the interface opens.
type Deps struct {
	DB         *store.DB
	Ring       *keyring.Ring
	Accounts   *account.Book
	Contacts   *contact.Book
	Importer   *contact.Importer
	Consent    *consent.Log
	Gate       *gate.Gate
	Campaigns  *campaign.Book
	Collect    *collect.Desk
	Provisions *provision.Book
	// ProvisionRuns hands personal data to recipients.
	ProvisionRuns *provision.Runs
	Jobs          *job.Runner
	Texts         *i18n.Catalogue
	Proxies       page.Proxies
	// BaseURL is where people reach this installation, without a slash at the end.
	BaseURL string
	Version string
	// Limit is how often one key may call; its zero value is the usual limit.
	Limit Limit
	Log   *slog.Logger
	Clock func() time.Time
}

// server holds what operations use.
type server struct {
	Deps
	api    huma.API
	limits *limiter
	// scopes are the scopes of the registered operations, by operation id.
	scopes map[string]account.Scope
}

// The paths of version 1 and of its description.
const (
	root         = "/api/"
	prefix       = "/api/v1"
	documentPath = root + "openapi.json"
)

// maxBody bounds JSON bodies, maxUpload bodies that are stored as they come, in bytes.
const (
	maxBody   = 1 << 20
	maxUpload = 1 << 30
)

// New builds the handler of everything under /api/.
func New(d Deps) (http.Handler, error) {
	mux := http.NewServeMux()
	s := newServer(d, mux)
	document, err := s.document()
	if err != nil {
		return nil, fmt.Errorf("api: new: %w", err)
	}
	mux.HandleFunc("GET "+documentPath, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/openapi+json")
		_, _ = w.Write(document) // the caller may have gone
	})
	return s.outer(mux), nil
}

// newServer registers every operation with the router.
func newServer(d Deps, mux *http.ServeMux) *server {
	s := &server{Deps: d, limits: newLimiter(d.Limit), scopes: map[string]account.Scope{}}
	s.api = humago.New(mux, s.config())
	s.workspaceOperations()
	s.topicOperations()
	s.contactOperations()
	s.contactEditOperations()
	s.contactHistoryOperations()
	s.consentOperations()
	s.explainOperations()
	s.forecastOperations()
	s.suppressionOperations()
	s.importOperations()
	s.campaignOperations()
	s.campaignControlOperations()
	s.formOperations()
	s.auditOperations()
	s.provisionOperations()
	s.provisionRecipientOperations()
	s.provisionRunOperations()
	s.provisionAnswerOperations()
	return s
}

// outer answers what no operation answers, and says of every answer that it is
// nobody else's.
func (s *server) outer(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Vary", "Accept-Language, Authorization")
		handler, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r) // which puts the values of the path into the request
			return
		}
		refused := &bare{header: http.Header{}}
		handler.ServeHTTP(refused, r)
		if allow := refused.header.Get("Allow"); allow != "" {
			h.Set("Allow", allow)
		}
		s.send(w, s.plain(refused.status, languageOf(r.Header.Get("Accept-Language"))))
	})
}

// bare notes what the router would answer, to answer it as a problem.
type bare struct {
	header http.Header
	status int
}

// Header implements http.ResponseWriter.
func (b *bare) Header() http.Header { return b.header }

// Write implements http.ResponseWriter.
func (b *bare) Write(p []byte) (int, error) { return len(p), nil }

// WriteHeader implements http.ResponseWriter.
func (b *bare) WriteHeader(status int) { b.status = status }

// send writes a problem where no operation was reached.
func (s *server) send(w http.ResponseWriter, p *problem) {
	for name, values := range p.GetHeaders() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the caller may have gone
}
