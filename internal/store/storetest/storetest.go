package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/testcount"
)

// postgresEnv names the server that tests use.
const postgresEnv = "KYODAKU_TEST_POSTGRES"

// Each runs a test on both engines, in parallel, with a database of its own.
func Each(t *testing.T, test func(t *testing.T, db *store.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, SQLite(t))
	})
	t.Run("postgresql", func(t *testing.T) {
		t.Parallel()
		test(t, PostgreSQL(t))
	})
}

// SQLite opens a fresh migrated file.
func SQLite(t testing.TB) *store.DB {
	t.Helper()
	return Open(t, SQLiteURL(t))
}

// SQLiteURL gives the address of a fresh migrated file, for tests that open it themselves.
func SQLiteURL(t testing.TB) string {
	t.Helper()
	testcount.Ran(t, "sqlite")
	path := filepath.Join(t.TempDir(), "kyodaku.db")
	image, err := sqliteImage()
	if err != nil {
		t.Fatalf("sqlite: %v", err)
	}
	if err := os.WriteFile(path, image, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path
}

// sqliteImage is a migrated file's bytes, made once per test program: copying
// is some ten times faster than migrating.
var sqliteImage = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "kyodaku-test-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "template.db")
	db, err := store.Open(context.Background(), "sqlite:"+path)
	if err != nil {
		return nil, err
	}
	if err := db.Migrate(context.Background()); err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// PostgreSQL opens a fresh migrated database on the server of KYODAKU_TEST_POSTGRES.
func PostgreSQL(t testing.TB) *store.DB {
	t.Helper()
	return Open(t, PostgreSQLURL(t))
}

// PostgreSQLURL gives the address of a fresh migrated database.
func PostgreSQLURL(t testing.TB) string {
	t.Helper()
	testcount.Ran(t, "postgresql")
	server := os.Getenv(postgresEnv)
	if server == "" {
		t.Fatalf("%s is not set: run `make test`, or eval \"$(scripts/postgres-test.sh env)\" first", postgresEnv)
	}
	template, err := postgresTemplate()
	if err != nil {
		t.Fatalf("postgresql: %v", err)
	}
	name := "kyodaku_test_" + strings.ToLower(rand.Text())
	if err := admin(server, "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
		t.Fatalf("postgresql: %v", err)
	}
	t.Cleanup(func() {
		if err := admin(server, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("postgresql: %v", err)
		}
	})
	return withDatabase(server, name)
}

var postgresTemplate = sync.OnceValues(func() (string, error) {
	server := os.Getenv(postgresEnv)
	name := "kyodaku_template_" + strings.ToLower(rand.Text())
	if err := admin(server, "CREATE DATABASE "+name); err != nil {
		return "", err
	}
	db, err := store.Open(context.Background(), withDatabase(server, name))
	if err != nil {
		return "", err
	}
	if err := db.Migrate(context.Background()); err != nil {
		return "", err
	}
	return name, db.Close()
})

func admin(server, statement string) error {
	db, err := sql.Open("pgx", server)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.Exec(statement)
	return err
}

func withDatabase(server, name string) string {
	u, err := url.Parse(server)
	if err != nil {
		return server
	}
	u.Path = "/" + name
	return u.String()
}

// Open opens a database and closes it with the test.
func Open(t testing.TB, url string) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), url)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return db
}
