package testcount

import (
	"os"
	"testing"
)

// Env names the environment variable that holds the file to count into. Without
// it nothing is counted: a single test run by hand needs no report.
const Env = "KYODAKU_TEST_COUNTS"

// The engines that a whole run must have met.
const (
	SQLite     = "sqlite"
	PostgreSQL = "postgresql"
	Chromium   = "chromium"
	Postfix    = "postfix"
	Exim       = "exim"
	Rspamd     = "rspamd"
	OpenSSH    = "openssh"
)

// Engines lists what must not be zero after a whole run, in the order of the report.
func Engines() []string {
	return []string{SQLite, PostgreSQL, Chromium, Postfix, Exim, Rspamd, OpenSSH}
}

// Ran counts the test for an engine once it has passed.
func Ran(tb testing.TB, engine string) {
	tb.Helper()
	path := os.Getenv(Env)
	if path == "" {
		return
	}
	tb.Cleanup(func() {
		if tb.Failed() {
			return
		}
		if err := appendLine(path, engine+" "+tb.Name()+"\n"); err != nil {
			tb.Errorf("testcount: count %s: %v", engine, err)
		}
	})
}

// appendLine writes the line in one call: with O_APPEND, processes that count at
// the same time do not tear each other's lines.
func appendLine(path, line string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.WriteString(line); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}
