package collect

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/throttle"
)

// Outbox is where the desk's mails go.
type Outbox interface {
	// Put stores messages in the caller's transaction; see delivery.Outbox.
	Put(ctx context.Context, tx *store.Tx, items []delivery.Item, now time.Time) ([]int64, error)
	// Forget removes from messages what could name a person; see delivery.Outbox.
	Forget(ctx context.Context, tx *store.Tx, addresses []int64, now time.Time) error
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
	Texts    *i18n.Catalogue
	// BaseURL is where readers reach this installation, without a slash at the end.
	BaseURL string
	Returns delivery.ReturnPaths
}

// Desk is the room's one service, safe for concurrent use.
type Desk struct {
	Config
	composer *compose.Composer
	views    map[i18n.Lang]*template.Template
	networks *throttle.Throttle
	mailbox  *throttle.Throttle
	shown    *counter
}

// New opens the desk. It fails when a template or a text is broken.
func New(c Config) (*Desk, error) {
	views, err := parseViews(c.Texts)
	if err != nil {
		return nil, err
	}
	return &Desk{
		Config: c, composer: compose.New(c.Texts), views: views,
		networks: throttle.New(networkEvery, networkBurst), mailbox: throttle.New(mailboxEvery, mailboxBurst),
		shown: newCounter(),
	}, nil
}

// The limits in memory. An office behind one address can fill in thirty forms at
// once; without proof of work each counts as slowCost.
const (
	networkEvery = 20 * time.Second
	networkBurst = 30
	slowCost     = 5
	mailboxEvery = 15 * time.Minute
	mailboxBurst = 5
)

// failed names the verb in which an error came up; nil stays nil.
func failed(verb string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("collect: %s: %w", verb, err)
}

// fieldsOf reads the wrong fields out of an error.
func fieldsOf(err error) []fault.Field {
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return e.Fields
	}
	return nil
}
