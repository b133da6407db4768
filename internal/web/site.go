package web

import (
	"embed"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/collect"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/duty"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/notice"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// root is where the operators' pages live.
const root = "/admin/"

//go:embed view/*.html
var views embed.FS

//go:embed static/*
var static embed.FS

// Deps are the rooms that the pages show.
type Deps struct {
	DB        *store.DB
	Accounts  *account.Book
	Ring      *keyring.Ring
	Catalogue *i18n.Catalogue
	Contacts  *contact.Book
	Consent   *consent.Log
	Gate      *gate.Gate
	Campaigns *campaign.Book
	Collect   *collect.Desk
	// Jobs runs what outlives a page; Imports and Exports are registered with it.
	Jobs    *job.Runner
	Imports *contact.Importer
	Exports *contact.Exporter
	// Refusals takes down what people say by telephone or letter.
	Refusals Refusals
	// Notices writes to operators; nil leaves them to hand links over.
	Notices *notice.Desk
	// Caught is the box of mails that did not leave this machine; nil where mail
	// goes out for real.
	Caught *delivery.Caught
	// Engine tells what delivery does; nil leaves its pages out.
	Engine *delivery.Engine
	// Duty keeps the clocks of the law, Rules are its texts; nil leaves their pages out.
	Duty  *duty.Desk
	Rules *law.Set
	// Provisions keeps the programmes of third-party provision; nil leaves its pages out.
	Provisions *provision.Book
	// ProvisionRuns hands data over and keeps its records; nil leaves its pages out.
	ProvisionRuns *provision.Runs
	// SetupKey opens the wizard of the first run; empty where everybody who reaches
	// it may walk through it.
	SetupKey string
	// BaseURL is where people reach this installation, without a slash at the end.
	BaseURL string
	// Proxies may name the client's address.
	Proxies page.Proxies
	// Lang is the language of strangers whose browser prefers none of ours.
	Lang i18n.Lang
	// DNS tells the records of sending domains; nil leaves them out.
	DNS   DNS
	Log   *slog.Logger
	Clock func() time.Time
}

// Site is the operators' pages.
type Site struct {
	Deps
	engine *page.Engine
	mux    http.Handler
	menu   []menuEntry
}

// New parses the pages and builds the router. It fails on a route that does not
// say who may use it, and on a view that is missing or wrong.
func New(d Deps) (*Site, error) {
	s := &Site{Deps: d}
	routes := s.routes()
	for _, r := range routes {
		if err := r.check(); err != nil {
			return nil, err
		}
	}
	assets, err := newAssets()
	if err != nil {
		return nil, err
	}
	if s.engine, err = s.newEngine(assets, routes); err != nil {
		return nil, err
	}
	s.menu = menuOf(routes)
	if s.Jobs != nil {
		s.Jobs.Register(VerifyKind, s.verify)
	}
	mux := http.NewServeMux()
	for _, r := range routes {
		mux.Handle(r.Pattern, s.handler(r))
	}
	mux.Handle(assets.Pattern(), assets)
	mux.Handle(root, s.handler(Route{Access: Open(), Handle: notFound}))
	mux.Handle("GET "+strings.TrimSuffix(root, "/"), http.RedirectHandler(root, http.StatusSeeOther))
	s.mux = s.engine.Protect(mux)
	return s, nil
}

// ServeHTTP answers everything under /admin.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// routes lists every page. An area adds its own table here.
func (s *Site) routes() []Route {
	return slices.Concat(
		s.homeRoutes(),
		s.signInRoutes(),
		s.forgottenRoutes(),
		s.setupRoutes(),
		s.operatorRoutes(),
		s.securityRoutes(),
		s.settingsRoutes(),
		s.auditRoutes(),
		s.contactRoutes(),
		s.importRoutes(),
		s.transmissionRoutes(),
		s.exportRoutes(),
		s.topicRoutes(),
		s.formRoutes(),
		s.campaignRoutes(),
		s.caughtRoutes(),
		s.laneRoutes(),
		s.suppressionRoutes(),
		s.refusalRoutes(),
		s.evidenceRoutes(),
		s.complianceRoutes(),
		s.provisionRoutes(),
		s.provisionRunRoutes(),
		s.ruleRoutes(),
	)
}

func (s *Site) newEngine(assets *page.Assets, routes []Route) (*page.Engine, error) {
	view, err := fs.Sub(views, "view")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, r := range routes {
		names = append(names, r.Views...)
	}
	return page.New(page.Config{
		Catalogue: s.Catalogue, Views: view, Assets: assets, Names: names, Lang: s.Lang, Home: root,
		Ring: s.Ring, Proxies: s.Proxies, BaseURL: s.BaseURL, Log: s.Log, Clock: s.Clock,
	})
}

func newAssets() (*page.Assets, error) {
	files, err := fs.Sub(static, "static")
	if err != nil {
		return nil, err
	}
	return page.NewAssets(root+"static/", files)
}

func notFound(*Call) error { return fault.New(fault.NotFound, "fault.not_found") }
