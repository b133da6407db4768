package crash

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// size reads how large a run shall be.
func size(t *testing.T, name string, usual int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s is %q", name, text)
	}
	return n
}

// binary builds the program once for all tests.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "kyodaku-crash-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "kyodaku")
	out, err := exec.Command("go", "build", "-o", path, "github.com/kyodaku/kyodaku/cmd/kyodaku").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

// TestMain removes the built program.
func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := binary(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path)) // a temporary folder
	}
	os.Exit(code)
}

// sessions is how many connections the program may hold open.
const sessions = 20

// process is a running `kyodaku serve`.
type process struct {
	t   *testing.T
	cmd *exec.Cmd
	url string
	// read is closed when its last word was read.
	read chan struct{}
	log  []string
}

var readyLine = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// serve starts the program on an installation, handing mail to a server.
func serve(t *testing.T, in *installation, relay string) *process {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, read: make(chan struct{})}
	p.cmd = exec.Command(path, "serve", "--data-dir", in.dir, "--key-file", in.keyFile(), "--listen", "127.0.0.1:0",
		"--delivery-mode", "relay", "--delivery-relay", relay, "--delivery-relay-tls", "off-loopback-only",
		"--delivery-hostname", "out.cafe.example", "--delivery-concurrency", strconv.Itoa(sessions))
	p.cmd.Env = append(slices.DeleteFunc(os.Environ(), ours), "KYODAKU_DATABASE="+in.database, "LANG=C", "SSL_CERT_FILE="+believed(path))
	words, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Log(strings.Join(p.log, "\n"))
		}
	})
	ready := make(chan string, 1)
	go p.listen(words, ready)
	select {
	case p.url = <-ready:
	case <-p.read:
		t.Fatalf("the program ended: %v", p.log)
	case <-time.After(time.Minute):
		t.Fatal("the program does not get ready")
	}
	return p
}

// ours says that a variable is meant for this test: the program refuses settings
// that it does not know.
func ours(variable string) bool { return strings.HasPrefix(variable, "KYODAKU_") }

func (p *process) listen(words io.Reader, ready chan<- string) {
	defer close(p.read)
	lines := bufio.NewScanner(words)
	for lines.Scan() {
		p.log = append(p.log, lines.Text())
		if url := readyLine.FindString(lines.Text()); url != "" && len(ready) == 0 && p.url == "" {
			ready <- url
		}
	}
}

// kill is kill -9; what the program had in memory is gone.
func (p *process) kill() {
	if p.cmd.ProcessState == nil {
		_ = p.cmd.Process.Kill()
		<-p.read
		_ = p.cmd.Wait() // it was killed; that is what Wait reports
	}
}

// stop asks politely and fails if that does not work.
func (p *process) stop() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	<-p.read
	if err := p.cmd.Wait(); err != nil {
		p.t.Errorf("the program ended badly: %v: %v", err, p.log)
	}
}

// until waits for what another process does, which has no signal to give.
func until(t *testing.T, limit time.Duration, what string, is func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%s: not within %v", what, limit)
		}
	}
}
