package preference

import (
	"context"
	"fmt"
	"html/template"
	"net/netip"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/throttle"
)

// Outbox is where the desk's mails go.
type Outbox interface {
	// Put stores messages in the caller's transaction; see delivery.Outbox.
	Put(ctx context.Context, tx *store.Tx, items []delivery.Item, now time.Time) ([]int64, error)
}

// Jobs is who does what need not be waited for.
type Jobs interface {
	// Enqueue stores a job in the caller's transaction; see job.Runner.
	Enqueue(ctx context.Context, tx *store.Tx, n job.New) (int64, error)
}

// Config is what a Desk works with.
type Config struct {
	DB       *store.DB
	Ring     *keyring.Ring
	Accounts *account.Book
	People   *contact.Book
	Consents *consent.Log
	Gate     *gate.Gate
	Outbox   Outbox
	Jobs     Jobs
	Texts    *i18n.Catalogue
	// BaseURL is where readers reach this installation, without a slash at the end.
	BaseURL string
	Returns delivery.ReturnPaths
}

// Desk is the room's one service, safe for concurrent use.
type Desk struct {
	Config
	composer *compose.Composer
	snapshot *template.Template
	networks *throttle.Throttle
	mailbox  *throttle.Throttle
}

// New opens the desk. Its own jobs are to be registered: JobLink with SendLink.
func New(c Config) (*Desk, error) {
	t, err := template.New("snapshot").Parse(snapshotText)
	if err != nil {
		return nil, fmt.Errorf("preference: new: %w", err)
	}
	return &Desk{
		Config: c, composer: compose.New(c.Texts), snapshot: t,
		networks: throttle.New(networkEvery, networkBurst), mailbox: throttle.New(mailboxEvery, mailboxBurst),
	}, nil
}

// Act is how somebody acted, as far as evidence keeps it.
type Act struct {
	// Network is the client's address; only its network is kept.
	Network   netip.Addr
	UserAgent string
	Lang      i18n.Lang
	// Page is the page's path without its token.
	Page string
}

// maxUserAgent bounds what a client says about itself, in bytes.
const maxUserAgent = 300

// evidence is the part of an event's evidence that every act has.
func (a Act) evidence(message int64) consent.Evidence {
	return consent.Evidence{
		Network: addr.ShortNetwork(a.Network), UserAgent: cut(a.UserAgent, maxUserAgent), Page: a.Page,
		Lang: string(a.Lang), Message: message,
	}
}

// patience bounds how long a person's word may take to be written and made binding.
const patience = 30 * time.Second

// lasting is a context that goes on when the person has left: a no counts even if
// nobody waits for the answer.
func lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), patience)
}

// failed names the verb in which an error came up; nil stays nil.
func failed(verb string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("preference: %s: %w", verb, err)
}
