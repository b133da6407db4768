package outside

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/kyodaku/kyodaku/internal/browsertest"
)

// TestMain takes the program away after the tests.
func TestMain(m *testing.M) {
	browsertest.Main(m)
	if path, err := built(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
}

// built is the path of the program.
//
//arch:shared the program is built once for all tests and never changes
var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "kyodaku-outside-")
	if err != nil {
		return "", err
	}
	out := filepath.Join(dir, "kyodaku")
	build := exec.Command("go", "build", raceFlag, "-o", out, "github.com/kyodaku/kyodaku/cmd/kyodaku")
	if said, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w: %s", err, said)
	}
	return out, nil
})

// program is the built program.
func program(tb testing.TB) string {
	tb.Helper()
	path, err := built()
	if err != nil {
		tb.Fatal(err)
	}
	return path
}
