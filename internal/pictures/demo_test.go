package pictures

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// signIn finds the one-time link in what the demo prints.
var signIn = regexp.MustCompile(`(http://\S+)/admin/link/\S+`)

// startDemo builds the program, starts its demo and returns the demo's address and
// the one-time link. The demo ends with the test, as it does by Ctrl+C.
func startDemo(t *testing.T) (base, link string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "kyodaku")
	if said, err := exec.Command("go", "build", "-o", file, "github.com/kyodaku/kyodaku/cmd/kyodaku").CombinedOutput(); err != nil {
		t.Fatalf("build: %v: %s", err, said)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	demo := exec.CommandContext(ctx, file, "demo")
	demo.Env = append(os.Environ(), "LC_ALL=ja_JP.UTF-8", "TMPDIR="+t.TempDir())
	demo.Stderr = os.Stderr
	out, err := demo.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := demo.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		defer cancel()
		if err := demo.Process.Signal(os.Interrupt); err != nil {
			t.Errorf("stop the demo: %v", err)
		}
		_, _ = io.Copy(io.Discard, out)
		if err := demo.Wait(); err != nil {
			t.Errorf("the demo ended with %v", err)
		}
	})
	var said strings.Builder
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if found := signIn.FindStringSubmatch(lines.Text()); found != nil {
			return found[1], found[0]
		}
		said.WriteString(lines.Text() + "\n")
	}
	t.Fatalf("the demo gave no link: %s", said.String())
	return "", ""
}
