package notice

import (
	"context"
	"fmt"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Outbox is where the mails go.
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
	Gate     *gate.Gate
	Outbox   Outbox
	Jobs     Jobs
	Texts    *i18n.Catalogue
	// BaseURL is where operators reach this installation, without a slash at the end.
	BaseURL string
	Returns delivery.ReturnPaths
}

// Desk is the room's one service, safe for concurrent use.
type Desk struct {
	Config
	composer *compose.Composer
}

// New opens the desk. It is to be registered: as the writer of KindAccount, and
// SendReset for JobReset.
func New(c Config) *Desk { return &Desk{Config: c, composer: compose.New(c.Texts)} }

// failed names the verb in which an error came up; nil stays nil.
func failed(verb string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("notice: %s: %w", verb, err)
}
