package testcount_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/testcount"
)

// No t.Parallel here: the environment variable belongs to the process.
func TestRanCountsPassedTests(t *testing.T) {
	file := filepath.Join(t.TempDir(), "counts")
	t.Setenv(testcount.Env, file)
	for _, engine := range []string{testcount.SQLite, testcount.PostgreSQL} {
		t.Run(engine, func(t *testing.T) { testcount.Ran(t, engine) })
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := "sqlite " + t.Name() + "/sqlite\npostgresql " + t.Name() + "/postgresql\n"
	if string(text) != want {
		t.Errorf("counted %q, want %q", text, want)
	}
	if strings.Contains(string(text), testcount.Chromium) {
		t.Error("an engine counts that was not met")
	}
}
