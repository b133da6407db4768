package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/kyodaku/kyodaku/internal/api"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/delivery/feedback"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/public"
	"github.com/kyodaku/kyodaku/internal/web"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// server is the HTTP side of an App.
type server struct {
	listener net.Listener
	http     *http.Server
	// ready turns true when everything behind it runs.
	ready atomic.Bool
}

func (s *server) open() { s.ready.Store(true) }

// URL is where this process really listens.
func (a *App) URL() string { return "http://" + a.web.listener.Addr().String() }

// listen opens the web server's port, so that its address is known before the
// rooms that put it into links are built. It is called by New.
func (a *App) listen() error {
	if a.Listen == "" {
		return nil // a command, not a server
	}
	l, err := net.Listen("tcp", a.Listen)
	if err != nil {
		return fmt.Errorf("app: listen: %w", err)
	}
	a.web = &server{listener: l}
	if a.PublicURL == "" {
		a.PublicURL = a.URL()
	}
	return nil
}

func (a *App) startWeb(ctx context.Context) error {
	if err := a.makeSetupKey(ctx, a.web.listener.Addr()); err != nil {
		return err
	}
	admin, err := web.New(web.Deps{
		DB: a.DB, Accounts: a.Accounts, Ring: a.Ring, Catalogue: a.Texts, BaseURL: a.PublicURL, Proxies: a.Proxies, SetupKey: a.setupKey,
		Contacts: a.Contacts, Consent: a.Consent, Gate: a.Gate, Campaigns: a.Campaigns, Collect: a.Collect,
		Jobs: a.Jobs, Imports: a.Importer, Exports: a.Exporter, Refusals: a.Exits, Notices: a.Notices, Caught: a.caughtForPages(), Engine: a.Engine,
		Duty: a.Duty, Rules: a.Rules, Provisions: a.Provisions, ProvisionRuns: a.ProvisionRuns,
		Lang: i18n.Ja, DNS: domainRecords{a}, Log: a.Log, Clock: a.Clock,
	})
	if err != nil {
		return err
	}
	readers, err := public.New(public.Deps{
		DB: a.DB, Collect: a.Collect, Preferences: a.Exits, Provisions: a.Provisions, Duty: a.Duty, Ring: a.Ring, Catalogue: a.Texts, BaseURL: a.PublicURL, Proxies: a.Proxies,
		Lang: i18n.Ja, Log: a.Log, Clock: a.Clock,
	})
	if err != nil {
		return err
	}
	a.Campaigns.Pages = ownPages{readers}
	programs, err := api.New(api.Deps{
		DB: a.DB, Ring: a.Ring, Accounts: a.Accounts, Contacts: a.Contacts, Importer: a.Importer, Consent: a.Consent, Gate: a.Gate,
		Campaigns: a.Campaigns, Collect: a.Collect, Provisions: a.Provisions, ProvisionRuns: a.ProvisionRuns, Jobs: a.Jobs, Texts: a.Texts, Proxies: a.Proxies, BaseURL: a.PublicURL,
		Version: "1", Log: a.Log, Clock: a.Clock,
	})
	if err != nil {
		return err
	}
	hooks, err := a.hooks()
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle(feedback.Path, hooks)
	mux.Handle("/", readers)
	mux.Handle("/admin/", admin)
	mux.Handle("GET /admin", admin)
	mux.Handle("GET /{$}", http.RedirectHandler("/admin/", http.StatusSeeOther))
	mux.Handle("/api/", programs)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, true) })
	mux.HandleFunc("GET /readyz", a.readyz)
	a.web.http = &http.Server{
		Handler:           page.Outer(a.Log, a.Clock, mux),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       5 * time.Minute, // uploads
		WriteTimeout:      5 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
	go func() {
		if err := a.web.http.Serve(a.web.listener); !errors.Is(err, http.ErrServerClosed) {
			a.Log.Error("the web server ended", "error", err)
		}
	}()
	a.onStop(func(ctx context.Context) {
		a.web.ready.Store(false)
		if err := a.web.http.Shutdown(ctx); err != nil {
			_ = a.web.http.Close() // those still reading are cut off
		}
	})
	return nil
}

// caughtForPages is the box of caught mails, where mail is caught at all.
func (a *App) caughtForPages() *delivery.Caught {
	if a.Mail.Mode != Catch {
		return nil
	}
	return a.Caught
}

// readyz says whether this process can do its work: everything runs, and the
// database answers.
func (a *App) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	answer(w, a.web.ready.Load() && a.DB.Ping(ctx) == nil)
}

func answer(w http.ResponseWriter, ok bool) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if !ok {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte("not ready\n"))
		return
	}
	_, _ = w.Write([]byte("ok\n"))
}
