package duty

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/throttle"
)

// Config is what a desk works with.
type Config struct {
	DB       *store.DB
	Accounts *account.Book
	Contacts *contact.Book
	Consents *consent.Log
	Rules    *law.Set
	// Stops ends provisions to third parties; without it no request for that is taken.
	Stops Stopper
}

// Stopper ends the provision of a person's data to third parties.
type Stopper interface {
	// StopFor ends every provision of the person whose request it is, from when it was
	// received, in the transaction of the request and with its line in the audit log.
	StopFor(ctx context.Context, tx *store.Tx, by account.By, q Request, now time.Time) error
	// StopAddress ends the provisions that a request names for the address with a keyed hash,
	// before anybody knows who asks, in the transaction of the request.
	StopAddress(ctx context.Context, tx *store.Tx, q Request, hash []byte, now time.Time) error
}

// Desk is where a company's duties are kept. It is safe for concurrent use.
type Desk struct {
	Config
	networks *throttle.Throttle
}

// New makes a desk.
func New(c Config) *Desk { return &Desk{c, newNetworks()} }

// Prefixes of public ids.
const (
	HoldPrefix     = "hld"
	OrderPrefix    = "ord"
	IncidentPrefix = "inc"
	RequestPrefix  = "req"
)

// maxLine and maxText bound texts, in letters.
const (
	maxLine = 200
	maxText = 4000
)

// line reads a text of one line that may not be empty.
func line(bad *fault.Fields, field, text string) string {
	text = strings.Join(strings.Fields(text), " ")
	switch {
	case text == "":
		bad.Add(field, "duty.needed")
	case utf8.RuneCountInString(text) > maxLine:
		bad.Add(field, "duty.long")
	}
	return text
}

// block reads a text of some lines that may be empty.
func block(bad *fault.Fields, field, text string) string {
	text = strings.TrimSpace(text)
	if utf8.RuneCountInString(text) > maxText {
		bad.Add(field, "duty.long")
	}
	return text
}

// past refuses a time that has not come.
func past(bad *fault.Fields, field string, at, now time.Time) {
	if at.IsZero() || at.After(now) {
		bad.Add(field, "duty.past")
	}
}

// write does something that only a legal officer may, with its line in the audit log.
func (d *Desk) write(ctx context.Context, by account.By, e account.Entry, now time.Time, fn func(tx *store.Tx, id int64) error) (int64, error) {
	var id int64
	err := d.DB.Write(ctx, func(tx *store.Tx) error {
		if err := d.Accounts.Require(ctx, tx, by, e.Workspace, account.Erase); err != nil {
			return err
		}
		if id = e.Subject.ID; id == 0 {
			made, err := tx.NewID(ctx)
			if err != nil {
				return err
			}
			id = made
		}
		if err := fn(tx, id); err != nil {
			return err
		}
		e.Actor, e.Network, e.Subject.ID = by.Actor, by.Network, id
		return d.Accounts.Audit(ctx, tx, e, now)
	})
	return id, failed(e.Action, err)
}

// changed turns "no row was changed" into fault.NotFound.
func changed(n int64, err error) error {
	if err == nil && n == 0 {
		err = fault.New(fault.NotFound, "fault.not_found")
	}
	return err
}

func failed(verb string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("duty: %s: %w", verb, err)
}

// rows is what collect needs of *sql.Rows.
type rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close() error
}

// collect reads a list that is small by its limit.
func collect[T any](r rows, err error, scan func(func(...any) error) (T, error)) ([]T, error) {
	if err != nil {
		return nil, err
	}
	var all []T
	for r.Next() {
		one, err := scan(r.Scan)
		if err != nil {
			return nil, errors.Join(err, r.Close())
		}
		all = append(all, one)
	}
	return all, errors.Join(r.Err(), r.Close())
}

// days is how many whole days lie between two times.
func days(from, to time.Time) int { return max(0, int(to.Sub(from)/(24*time.Hour))) }

// listMost bounds the lists of a page.
const listMost = 200
