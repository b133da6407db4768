package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/collect"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/delivery/catcher"
	"github.com/kyodaku/kyodaku/internal/delivery/inbound"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/preference"
	"github.com/kyodaku/kyodaku/internal/store"
)

// App is the whole program as a value.
type App struct {
	Config
	DB        *store.DB
	Ring      *keyring.Ring
	Texts     *i18n.Catalogue
	Rules     *law.Set
	Accounts  *account.Book
	Contacts  *contact.Book
	Consent   *consent.Log
	Gate      *gate.Gate
	Engine    *delivery.Engine
	Domains   *delivery.Domains
	Caught    *delivery.Caught
	Campaigns *campaign.Book
	Jobs      *job.Runner
	Importer  *contact.Importer
	Exporter  *contact.Exporter
	Collect   *collect.Desk
	Exits     *preference.Desk

	catcher *catcher.Server
	inbound *inbound.Server
	web     *server
	lock    *os.File
	// stops are run in reverse order.
	stops []func(ctx context.Context)
}

// New opens and migrates the database and builds every room. Nothing runs yet.
func New(ctx context.Context, c Config) (*App, error) {
	a := &App{Config: c}
	var err error
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("app: data folder: %w", err)
	}
	if a.Ring, err = openRing(c.KeyFile, c.Log); err != nil {
		return nil, err
	}
	if a.Texts, err = i18n.Load(); err != nil {
		return nil, err
	}
	if a.Rules, err = law.Load(); err != nil {
		return nil, err
	}
	if err := a.listen(); err != nil {
		return nil, err
	}
	if a.DB, err = store.Open(ctx, c.Database); err != nil {
		return nil, err
	}
	if err := a.build(ctx); err != nil {
		return nil, errors.Join(err, a.DB.Close())
	}
	return a, nil
}

func (a *App) build(ctx context.Context) error {
	if err := a.DB.Migrate(ctx); err != nil {
		return err
	}
	a.Accounts = account.New(a.DB, a.Ring)
	a.Consent = consent.New(a.DB, a.Ring, a.Log)
	a.Contacts = contact.New(a.DB, a.Ring, ledger{a.Consent, a})
	a.Gate = gate.New(a.DB, a.Rules, a.Consent, a.Clock, a.Log)
	a.Jobs = job.NewRunner(a.DB, a.Log, job.Options{})
	a.Importer = contact.NewImporter(a.Contacts, a.Jobs, a.Texts)
	a.Exporter = contact.NewExporter(a.Contacts, a.Jobs, a.Texts)
	a.Caught = delivery.NewCaught(a.DB)
	if err := a.buildMail(); err != nil {
		return err
	}
	return a.buildDesks()
}

// openRing reads the key file, or makes it on the first run. It never replaces one.
func openRing(path string, log *slog.Logger) (*keyring.Ring, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		text = []byte(keyring.Generate())
		if err = os.MkdirAll(filepath.Dir(path), 0o700); err == nil {
			err = writeNew(path, text)
		}
		if err == nil {
			log.Info("a new key file was made; keep a copy of it apart from the database", "file", path)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("app: key file: %w", err)
	}
	return keyring.New(string(text))
}

func writeNew(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}

// Close closes what New opened; for commands that never started anything.
func (a *App) Close() error { return a.DB.Close() }
