package delivery

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/delivery/dkim"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// KeyState is where a key stands between being made and being retired.
type KeyState string

// The states of a key. Retired keys are not listed.
const (
	// KeyNext waits for its record to stand in the zone.
	KeyNext KeyState = "next"
	// KeyInUse signs.
	KeyInUse KeyState = "in_use"
	// KeyOld signed until lately: mail on its way still needs its record.
	KeyOld KeyState = "old"
)

// KeyOverlap is how long the record of a replaced key must stay: longer than a mail can
// be on its way (RFC 5321 4.5.4.1: four to five days).
const KeyOverlap = 14 * 24 * time.Hour

func keyState(used, replaced int64) KeyState {
	switch {
	case used == 0:
		return KeyNext
	case replaced == 0:
		return KeyInUse
	}
	return KeyOld
}

// selector makes a name that no other key of the domain has, in any workspace.
func selector(a dkim.Algorithm, now time.Time) string {
	return "ky" + now.UTC().Format("0601") + string(a[0]) + strings.ToLower(rand.Text()[:5])
}

// Rotate makes the next pair of keys of a domain. They sign nothing before Activate;
// fault.Refused while there is such a pair already, or no key to follow.
func (k *Keys) Rotate(ctx context.Context, tx *store.Tx, workspace int64, domain string, now time.Time) error {
	if err := lockKeys(ctx, tx, domainOf{workspace, domain}); err != nil {
		return fmt.Errorf("delivery: rotate keys: %w", err)
	}
	var inUse, next int64
	if err := tx.QueryRow(ctx, sqlCountKeyStates, workspace, domain).Scan(&inUse, &next); err != nil {
		return fmt.Errorf("delivery: rotate keys: %w", err)
	}
	switch {
	case inUse == 0:
		return fault.New(fault.Refused, "delivery.no_key", "Domain", domain)
	case next > 0:
		return fault.New(fault.Refused, "delivery.key_waits", "Domain", domain)
	}
	return k.pair(ctx, tx, domainOf{workspace, domain}, time.Time{}, now)
}

// pair makes an RSA-2048 and an Ed25519 key, used from a time on; zero means not yet.
func (k *Keys) pair(ctx context.Context, tx *store.Tx, of domainOf, used, now time.Time) error {
	for _, a := range []dkim.Algorithm{dkim.RSASHA256, dkim.Ed25519SHA256} {
		if err := k.create(ctx, tx, of, a, used, now); err != nil {
			return fmt.Errorf("delivery: make key: %w", err)
		}
	}
	return nil
}

// Activate has the next keys of a domain sign from now on in place of those in use.
// Other nodes follow within a minute.
func (k *Keys) Activate(ctx context.Context, tx *store.Tx, workspace int64, domain string, now time.Time) error {
	if _, err := tx.Exec(ctx, sqlReplaceKeys, store.Micros(now), workspace, domain); err != nil {
		return fmt.Errorf("delivery: activate keys: %w", err)
	}
	if _, err := tx.Exec(ctx, sqlUseKeys, store.Micros(now), workspace, domain); err != nil {
		return fmt.Errorf("delivery: activate keys: %w", err)
	}
	tx.OnCommit(func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		delete(k.stamps, domainOf{workspace, domain})
	})
	return nil
}

// Retire ends the keys of a domain that were replaced long enough ago.
func (k *Keys) Retire(ctx context.Context, tx *store.Tx, workspace int64, domain string, now time.Time) error {
	_, err := tx.Exec(ctx, sqlRetireKeys, store.Micros(now), workspace, domain, store.Micros(now.Add(-KeyOverlap)))
	return err
}

// Rotate begins to change the keys of a domain: the next pair is made, and takes over
// as soon as Check finds its records in the zone. It is audited.
func (d *Domains) Rotate(ctx context.Context, by account.By, workspace int64, domain string, now time.Time) error {
	return d.DB.Write(ctx, func(tx *store.Tx) error {
		if err := d.Accounts.Require(ctx, tx, by, workspace, account.ManageSettings); err != nil {
			return err
		}
		if err := d.Keys.Rotate(ctx, tx, workspace, domain, now); err != nil {
			return err
		}
		if d.Inside {
			if err := d.Keys.Activate(ctx, tx, workspace, domain, now); err != nil {
				return err
			}
		}
		return d.audit(ctx, tx, by, "domain.key_rotate", domainOf{workspace, domain}, now)
	})
}

func (d *Domains) audit(ctx context.Context, tx *store.Tx, by account.By, action string, of domainOf, now time.Time) error {
	return d.Accounts.Audit(ctx, tx, account.Entry{
		Workspace: of.workspace, Actor: by.Actor, Network: by.Network, Action: action,
		Subject: account.Subject{Kind: "domain"}, Detail: map[string]string{"domain": of.domain},
	}, now)
}

// turnKeys activates the next keys if all their records stand, and retires old ones.
func (d *Domains) turnKeys(ctx context.Context, tx *store.Tx, workspace int64, domain string, records []Published, now time.Time) error {
	if err := d.Keys.Retire(ctx, tx, workspace, domain, now); err != nil {
		return err
	}
	stand := map[string]bool{}
	for _, r := range records {
		if r.Key == KeyNext && r.Right {
			stand[r.Name] = true
		}
	}
	if len(stand) == 0 {
		return nil
	}
	if next, err := d.nextKeys(ctx, tx, domainOf{workspace, domain}); err != nil || len(next) == 0 ||
		slices.ContainsFunc(next, func(name string) bool { return !stand[name] }) {
		return err
	}
	if err := d.Keys.Activate(ctx, tx, workspace, domain, now); err != nil {
		return err
	}
	return d.audit(ctx, tx, account.By{Actor: account.Actor{Kind: account.ActorSystem}}, "domain.key_turn", domainOf{workspace, domain}, now)
}

// nextKeys are the records of the keys that wait now: while records were looked up, another look
// may have turned the keys already, and turning twice would leave none.
func (d *Domains) nextKeys(ctx context.Context, tx *store.Tx, of domainOf) (names []string, err error) {
	if err := lockKeys(ctx, tx, of); err != nil {
		return nil, err
	}
	all, err := d.Keys.Records(ctx, tx, of.workspace, of.domain)
	for _, r := range all {
		if r.State == KeyNext {
			names = append(names, r.Name)
		}
	}
	return names, err
}

// lockKeys has those who make and turn the keys of a domain take turns.
func lockKeys(ctx context.Context, tx *store.Tx, of domainOf) error {
	return tx.Lock(ctx, fmt.Sprint("delivery.keys ", of.workspace, " ", of.domain))
}
