package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/kyodaku/kyodaku/internal/api"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/notice"
	"github.com/kyodaku/kyodaku/internal/store"
)

// countEvery is how often the figures are counted that law and receivers look at.
const countEvery = 5 * time.Minute

// tendEvery is how often new sending domains are looked for.
const tendEvery = 2 * time.Second

// Start runs everything until Stop. On an error nothing keeps running.
func (a *App) Start(ctx context.Context) (err error) {
	defer func() {
		if err != nil {
			a.Stop(ctx)
		}
	}()
	if err := a.takeLock(); err != nil {
		return err
	}
	if err := a.startWeb(ctx); err != nil {
		return err
	}
	if err := a.startMetrics(); err != nil {
		return err
	}
	a.watchSchema(ctx)
	effects := a.Duty.NewEffects(a.Clock())
	a.Gate.OnCommitted(effects.Take)
	if err := a.Gate.Start(ctx); err != nil {
		return err
	}
	a.onStop(func(context.Context) { a.Gate.Stop() })
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	sequenced := make(chan struct{})
	go func() { defer close(sequenced); a.Consent.Run(run, a.Clock) }()
	a.onStop(func(context.Context) { cancel(); <-sequenced })
	a.timeRefusals(run, effects)
	a.Jobs.Every("domains", tendEvery, a.Domains.Tend)
	a.Jobs.Every("figures", countEvery, a.Duty.Count)
	a.Jobs.Every("kept evidence", 24*time.Hour, a.Duty.Sweep)
	a.Jobs.Every("sessions", time.Hour, a.Accounts.Sweep)
	a.Jobs.Every("forms", time.Minute, a.tendForms)
	a.Jobs.Every("ageing", 6*time.Hour, a.Exits.Age)
	a.Jobs.Every("label pages", 24*time.Hour, a.Campaigns.LookAtPages)
	a.onStop(func(ctx context.Context) {
		if err := a.Collect.Flush(ctx); err != nil {
			a.Log.Error("the last counts of forms were not stored", "error", err)
		}
	})
	a.Jobs.Every("files", time.Hour, func(ctx context.Context, now time.Time) error { return job.SweepBlobs(ctx, a.DB, now) })
	a.Jobs.Every("api answers", time.Hour, func(ctx context.Context, now time.Time) error { return api.Sweep(ctx, a.DB, now) })
	a.Jobs.Every("readers' mail", time.Hour, notice.Forwarder{Desk: a.Notices}.Sweep)
	a.Jobs.Every("relay events", time.Hour, a.bounces().Sweep)
	a.fetchInbound()
	if err := a.Jobs.Start(ctx); err != nil {
		return err
	}
	a.onStop(func(context.Context) { a.Jobs.Stop() })
	a.Log.Info("mail is signed", "rsa", a.Domains.Keys.SignerName())
	if err := a.startRouter(ctx); err != nil {
		return err
	}
	if err := a.Campaigns.Prepare(ctx); err != nil {
		return err
	}
	if err := a.Engine.Start(ctx); err != nil {
		return err
	}
	a.onStop(a.Engine.Stop)
	a.Campaigns.Start(ctx)
	a.onStop(func(context.Context) { a.Campaigns.Stop() })
	if err := a.startInbound(); err != nil {
		return err
	}
	a.web.open()
	return nil
}

func (a *App) onStop(f func(ctx context.Context)) { a.stops = append(a.stops, f) }

// Stop ends everything in reverse order. Transactions under way may finish until
// ctx ends; every outcome is stored before it returns.
func (a *App) Stop(ctx context.Context) {
	for i := len(a.stops) - 1; i >= 0; i-- {
		a.stops[i](ctx)
	}
	a.stops = nil
	if a.catcher != nil {
		_ = a.catcher.Close() // a trial's mails are kept; nobody is waiting
	}
	if err := a.DB.Close(); err != nil {
		a.Log.Error("the database was not closed cleanly", "error", err)
	}
	if a.lock != nil {
		_ = a.lock.Close() // the lock ends with the process at the latest
	}
}

// takeLock makes sure that no second process serves the same SQLite file, from
// whatever data folder: their leases would be taken for those of a dead process.
func (a *App) takeLock() error {
	if a.DB.Engine() != store.SQLite {
		return nil
	}
	// Links are followed: two names of one file must not make two locks.
	path, err := filepath.EvalSymlinks(strings.TrimPrefix(a.DB.URL(), "sqlite:"))
	if err != nil {
		return fmt.Errorf("app: lock: %w", err)
	}
	f, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("app: lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return errors.Join(fault.Wrap(fault.Exists, err, "app.locked", "File", path), f.Close())
	}
	a.lock = f
	return nil
}
