package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	logs "github.com/kyodaku/kyodaku/internal/consent/ledger"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/keyring"
)

// openRing reads the key file, or makes it on the first run and says so. It never
// replaces one.
func openRing(path string, log *slog.Logger) (ring *keyring.Ring, made bool, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		text, made = []byte(keyring.Generate()), true
		if err = os.MkdirAll(filepath.Dir(path), 0o700); err == nil {
			err = writeNew(path, text)
		}
		if err == nil {
			log.Info("a new key file was made; keep a copy of it apart from the database", "file", path)
		}
	}
	if err != nil {
		return nil, false, fmt.Errorf("app: key file: %w", err)
	}
	ring, err = keyring.New(string(text))
	return ring, made, err
}

func writeNew(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}

// proveKey refuses a key file that is not the one the database was written with.
// Refusals are kept as keyed hashes: under another key none of them would be found
// again, and everybody who ever said no could be imported and mailed.
func (a *App) proveKey(ctx context.Context) error {
	err := a.Contacts.ProveKey(ctx, a.DB)
	if err == nil {
		err = a.openLogs(ctx)
	}
	if fault.Is(err, fault.Internal) {
		err = a.otherKey(ctx, err)
	}
	if err == nil {
		return nil
	}
	if a.keyMade { // the right one is somewhere else; nothing was sealed with this one
		err = errors.Join(err, os.Remove(a.KeyFile))
	}
	return fmt.Errorf("app: key file: %w", err)
}

// otherKey says that the key file is another one, and by which rule it may not be while
// the ways out of mails that left need the old one (OUT-08).
func (a *App) otherKey(ctx context.Context, cause error) error {
	k, err := a.Duty.LinkKey(ctx, a.DB, a.Clock())
	if err != nil {
		return errors.Join(cause, err)
	}
	if k.No == nil {
		return fault.Wrap(fault.Refused, cause, "app.key.other", "File", a.KeyFile)
	}
	return fault.Wrap(fault.Refused, cause, "app.key.other_links", "File", a.KeyFile, "Until", k.Until().UTC().Format(time.DateOnly), "Rule", string(k.No.ID))
}

// openLogs opens what every database of some use holds sealed: the keys of its
// consent logs.
func (a *App) openLogs(ctx context.Context) error {
	all, err := a.Accounts.Workspaces(ctx, a.DB)
	if err != nil {
		return err
	}
	for _, w := range all {
		if _, err := logs.ReadKey(ctx, a.DB, a.Ring, w.ID); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return nil
}
