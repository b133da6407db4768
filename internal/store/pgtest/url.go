package pgtest

import (
	"os"
	"testing"
)

// Env names the environment variable that holds the server's address, as a
// postgres:// URL of a user that may create databases.
const Env = "KYODAKU_TEST_POSTGRES"

// URL returns the address of the test server and fails the test when none is
// named: half of every store test would otherwise be left out in silence.
func URL(tb testing.TB) string {
	tb.Helper()
	url := os.Getenv(Env)
	if url == "" {
		tb.Fatalf(`%s is not set, and store tests run on both engines: run "make test", or first: eval "$(scripts/postgres-test.sh env)"`, Env)
	}
	return url
}
