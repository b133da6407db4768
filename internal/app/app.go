package app

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/collect"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/delivery/catcher"
	"github.com/kyodaku/kyodaku/internal/delivery/inbound"
	"github.com/kyodaku/kyodaku/internal/duty"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/notice"
	"github.com/kyodaku/kyodaku/internal/preference"
	"github.com/kyodaku/kyodaku/internal/provision"
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
	Notices   *notice.Desk
	Duty      *duty.Desk
	// Provisions keeps the programmes of third-party provision.
	Provisions *provision.Book
	// ProvisionRuns hands personal data to recipients and keeps the records of it.
	ProvisionRuns *provision.Runs

	mx      *delivery.MX // nil unless mail goes to receivers' own servers
	figures *figures
	catcher *catcher.Server
	inbound *inbound.Server
	web     *server
	lock    *os.File
	// keyMade says that the key file was not there before.
	keyMade bool
	// setupKey opens the wizard of the first run, where it needs a key.
	setupKey string
	// stops are run in reverse order.
	stops []func(ctx context.Context)
	// outgrown is closed when a newer program has changed the database.
	outgrown chan struct{}
}

// New opens and migrates the database and builds every room. Nothing runs yet.
func New(ctx context.Context, c Config) (*App, error) {
	a := &App{Config: c, outgrown: make(chan struct{})}
	var err error
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("app: data folder: %w", err)
	}
	if a.Ring, a.keyMade, err = openRing(c.KeyFile, c.Log); err != nil {
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
	a.Provisions = provision.New(a.DB, a.Accounts, a.Contacts, a.Rules)
	a.Duty = duty.New(duty.Config{DB: a.DB, Accounts: a.Accounts, Contacts: a.Contacts, Consents: a.Consent, Rules: a.Rules, Stops: a.Provisions})
	if err := a.proveKey(ctx); err != nil {
		return err
	}
	a.Gate = gate.New(a.DB, a.Rules, a.Consent, a.Clock, a.Log)
	a.Jobs = job.NewRunner(a.DB, a.Log, job.Options{})
	a.buildProvision()
	a.Importer = contact.NewImporter(a.Contacts, a.Jobs, a.Texts, a.Rules)
	a.Importer.Fence = a.Gate.FenceCommitted
	a.Exporter = contact.NewExporter(a.Contacts, a.Jobs, a.Texts)
	a.Caught = delivery.NewCaught(a.DB)
	if err := a.buildMail(); err != nil {
		return err
	}
	return a.buildDesks()
}

// Close closes what New opened; for commands that never started anything.
func (a *App) Close() error { return a.DB.Close() }
