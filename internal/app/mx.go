package app

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/delivery/mx"
	"github.com/kyodaku/kyodaku/internal/delivery/profile"
	"github.com/kyodaku/kyodaku/internal/delivery/tlspolicy"
	"github.com/kyodaku/kyodaku/internal/delivery/tlsreport"
)

const (
	// tendRouter is how often a node stores what its router learned; refreshPolicies
	// and sendReports are those of the periodic tasks that one node does for all.
	tendRouter      = time.Minute
	refreshPolicies = time.Hour
	sendReports     = 5 * time.Minute
)

// mxRouter makes the router to receivers' own servers with all that it asks.
func (a *App) mxRouter() (delivery.Router, error) {
	resolver, err := mx.New(mx.Config{Servers: a.Mail.Resolvers, Validating: a.Mail.Validating, Clock: a.Clock})
	if err != nil {
		return nil, fmt.Errorf("app: resolver: %w", err)
	}
	profiles, err := a.profiles()
	if err != nil {
		return nil, fmt.Errorf("app: %w", err)
	}
	policies := tlspolicy.New(tlspolicy.Config{
		DB: a.DB, Resolver: resolver, Require: a.Mail.RequireTLS, Clock: a.Clock, Log: a.Log,
	})
	reports := tlsreport.New(tlsreport.Config{
		DB: a.DB, Texts: resolver.Texts, Addresses: resolver.Addresses, Organization: a.Mail.Hostname,
		Contact: a.Mail.TLSReportFrom, Submitter: a.Mail.Hostname, From: a.Mail.TLSReportFrom, Clock: a.Clock, Log: a.Log,
	})
	a.mx = delivery.NewMX(delivery.MXConfig{
		Resolver: resolver, Profiles: profiles, Hello: a.Mail.Hostname, Clock: a.Clock,
		Sites: mx.NewSites(a.DB, delivery.ProviderOf(profiles)), Policies: policies, Reports: reports,
	})
	if a.Mail.TLSReportFrom != "" {
		reports.Mail = delivery.ReportPost{Router: a.mx, Sign: a.Domains.Sign}.Send
	}
	a.Jobs.Every("tls policies", refreshPolicies, policies.Refresh)
	a.Jobs.Every("tls reports", sendReports, reports.Send)
	return a.mx, nil
}

// startRouter has the router remember earlier lives, and keeps what it learns.
func (a *App) startRouter(ctx context.Context) error {
	if a.mx == nil {
		return nil
	}
	if err := a.mx.Load(ctx, a.Clock()); err != nil {
		return fmt.Errorf("app: %w", err)
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		a.tendRouter(run)
	}()
	// Registered before the engine's end, this comes after it.
	a.onStop(func(ctx context.Context) {
		cancel()
		<-done
		a.keepRouter(ctx)
	})
	return nil
}

func (a *App) tendRouter(ctx context.Context) {
	tick := time.NewTicker(tendRouter)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			a.keepRouter(ctx)
		}
	}
}

func (a *App) keepRouter(ctx context.Context) {
	if err := a.mx.Tend(ctx, a.Clock()); err != nil && ctx.Err() == nil {
		a.Log.Error("what was learned of mail servers was not stored", "error", err)
	}
}

// profiles are those that come with the program, with the operator's own over them.
func (a *App) profiles() (*profile.Book, error) {
	if a.Mail.ProfilesDir == "" {
		return profile.Load()
	}
	return profile.LoadWith(os.DirFS(a.Mail.ProfilesDir))
}
