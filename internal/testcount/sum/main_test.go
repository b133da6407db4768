package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSumFailsWhenAnEngineWasNotMet(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, lines, want, missing string
	}{
		{"all", "sqlite A\npostgresql A\nchromium B\npostfix C\nsqlite D\nexim E\nrspamd F\nopenssh G\n", "sqlite 2, postgresql 1, chromium 1, postfix 1, exim 1, rspamd 1, openssh 1", ""},
		{"no postfix", "sqlite A\npostgresql A\nchromium B\nexim E\nrspamd F\nopenssh G\n", "postfix 0", "postfix"},
		{"nothing", "", "sqlite 0", "sqlite, postgresql, chromium, postfix, exim, rspamd, openssh"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "counts")
			if err := os.WriteFile(file, []byte(tt.lines), 0o600); err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			err := run(file, &out)
			if !strings.Contains(out.String(), tt.want) {
				t.Errorf("report %q lacks %q", out.String(), tt.want)
			}
			if (err == nil) != (tt.missing == "") {
				t.Errorf("error %v, want one about %q", err, tt.missing)
			}
			if err != nil && !strings.HasSuffix(err.Error(), tt.missing) {
				t.Errorf("error %q does not name %q", err, tt.missing)
			}
		})
	}
}

func TestSumFailsWithoutFile(t *testing.T) {
	t.Parallel()
	if err := run(filepath.Join(t.TempDir(), "none"), &strings.Builder{}); err == nil {
		t.Error("a run that counted nothing passes")
	}
}
