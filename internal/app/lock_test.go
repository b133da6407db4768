package app

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
)

// TestOneDatabaseIsServedOnce: from another data folder and by another name of the
// file as well.
func TestOneDatabaseIsServedOnce(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "kyodaku.db")
	link := filepath.Join(t.TempDir(), "other.db")
	key := filepath.Join(t.TempDir(), "key")
	open := func(database string) *App {
		t.Helper()
		a, err := New(t.Context(), Config{
			DataDir: t.TempDir(), Database: "sqlite:" + database, KeyFile: key,
			Mail: Mail{Mode: MX, Hostname: "mta.example.jp", Connections: 1}, Log: slog.New(slog.DiscardHandler), Clock: time.Now,
		})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	first := open(file)
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	if err := first.takeLock(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{file, link} {
		second := open(name)
		if err := second.takeLock(); !fault.Is(err, fault.Exists) {
			t.Errorf("%s is served twice: %v", name, err)
		}
		second.Stop(t.Context())
	}
	first.Stop(t.Context())
	third := open(file)
	if err := third.takeLock(); err != nil {
		t.Errorf("the lock outlived its server: %v", err)
	}
	third.Stop(t.Context())
}
