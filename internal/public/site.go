package public

import (
	"embed"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/kyodaku/kyodaku/internal/collect"
	"github.com/kyodaku/kyodaku/internal/duty"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/preference"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

//go:embed view/*.html
var views embed.FS

//go:embed static/*
var static embed.FS

// Deps are the rooms that the pages show.
type Deps struct {
	DB          *store.DB
	Collect     *collect.Desk
	Preferences *preference.Desk
	Provisions  *provision.Book
	// Duty takes what people ask about their data.
	Duty      *duty.Desk
	Ring      *keyring.Ring
	Catalogue *i18n.Catalogue
	// BaseURL is where readers reach this installation, without a slash at the end.
	BaseURL string
	// Proxies may name the client's address.
	Proxies page.Proxies
	// Lang is the language of readers whose browser prefers none of ours.
	Lang  i18n.Lang
	Log   *slog.Logger
	Clock func() time.Time
}

// Site is the readers' pages.
type Site struct {
	Deps
	engine *page.Engine
	mux    http.Handler
}

// New parses the pages and builds the router. It fails on a view that is missing
// or wrong.
func New(d Deps) (*Site, error) {
	s := &Site{Deps: d}
	files, err := fs.Sub(static, "static")
	if err != nil {
		return nil, err
	}
	assets, err := page.NewAssets("/reader/", files)
	if err != nil {
		return nil, err
	}
	routes := s.routes()
	if s.engine, err = s.newEngine(assets, routes); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	for _, r := range routes {
		mux.Handle(r.Pattern, s.handler(r))
	}
	mux.Handle(assets.Pattern(), assets)
	mux.Handle("/", s.engine.Protect(s.engine.Handler(func(*page.Visit) error {
		return fault.New(fault.NotFound, "fault.not_found")
	})))
	s.mux = mux
	return s, nil
}

// ServeHTTP answers everything that readers open.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// routes lists every page. An area adds its own table here.
func (s *Site) routes() []Route {
	return slices.Concat(
		s.collectRoutes(),
		s.preferenceRoutes(),
		s.provisionRoutes(),
		s.personRoutes(),
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
		Catalogue: s.Catalogue, Views: view, Assets: assets, Names: names, Lang: s.Lang,
		Ring: s.Ring, Proxies: s.Proxies, BaseURL: s.BaseURL, Log: s.Log, Clock: s.Clock,
	})
}
