package outside

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long anything may take that should take a moment; two cores are
// shared by all tests of the machine.
const patience = 60 * time.Second

// server is a running `kyodaku serve`.
type server struct {
	testing.TB
	// url is where it answers; it stays the same over restarts.
	url string
	env []string

	process *exec.Cmd
	ended   chan struct{}
	log     *logbook
}

// logbook keeps what a process writes to its standard error.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
	told chan struct{}
}

// Write keeps the text and wakes who waits for it.
func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer func() { close(l.told); l.told = make(chan struct{}) }()
	return l.text.Write(p)
}

func (l *logbook) read() (string, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String(), l.told
}

// serve starts the program with variables alone: "KYODAKU_NAME=value".
func serve(tb testing.TB, env ...string) *server {
	tb.Helper()
	s := &server{TB: tb, env: env}
	s.start("127.0.0.1:0")
	tb.Cleanup(func() {
		if s.process != nil {
			s.stop()
		}
	})
	return s
}

var listening = regexp.MustCompile(`(?m)^Running: (http://\S+)$`)

// start runs the program and waits until it is ready.
func (s *server) start(listen string) {
	s.Helper()
	s.log = &logbook{told: make(chan struct{})}
	s.ended = make(chan struct{})
	s.process = exec.Command(program(s.TB), "serve")
	s.process.Stderr, s.process.Stdout = s.log, s.log
	s.process.Env = append([]string{"PATH=" + os.Getenv("PATH"), "LANG=en", "HOME=/nonexistent", "KYODAKU_LISTEN=" + listen}, s.env...)
	// A test that dies takes its servers with it.
	s.process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.process.Start(); err != nil {
		s.Fatal(err)
	}
	go func(p *exec.Cmd, ended chan struct{}) { _ = p.Wait(); close(ended) }(s.process, s.ended)
	text := s.await("the server is ready", func(text string) bool { return listening.MatchString(text) })
	s.url = listening.FindStringSubmatch(text)[1]
	eventually(s.TB, "a server that says it runs is ready", func() bool { // on a very busy machine its first answer may be late
		res, err := http.Get(s.url + "/readyz")
		return err == nil && readAll(s.TB, res) == "ok\n"
	})
}

// await waits until the log says something.
func (s *server) await(what string, holds func(text string) bool) string {
	s.Helper()
	late := time.After(patience)
	for {
		text, told := s.log.read()
		if holds(text) {
			return text
		}
		select {
		case <-told:
		case <-s.ended:
			if text, _ := s.log.read(); holds(text) {
				return text
			}
			s.Fatalf("the server ended before %s: %s", what, tail(text))
		case <-late:
			s.Fatalf("waited in vain until %s: %s", what, tail(text))
		}
	}
}

// stop asks the server to end, waits for it, and looks at how it went.
func (s *server) stop() {
	s.Helper()
	p := s.process
	s.process = nil
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		s.Errorf("stop: %v", err)
	}
	select {
	case <-s.ended:
	case <-time.After(patience):
		_ = p.Process.Signal(syscall.SIGQUIT)
		<-s.ended
		text, _ := s.log.read()
		s.Errorf("the server did not stop:\n%s", text)
		return
	}
	text, _ := s.log.read()
	if code := p.ProcessState.ExitCode(); code != 0 {
		s.Errorf("the server ended with %d", code)
	}
	if at := strings.Index(text, "DATA RACE"); at >= 0 {
		s.Errorf("the server raced with itself: %s", text[at:min(len(text), at+8000)])
	}
	if strings.Contains(text, "panic") || strings.Contains(text, "goroutine ") {
		s.Error("the server panicked")
	}
	if at := mailAddress.FindString(text); at != "" {
		s.Errorf("the log tells a mail address: %s", at)
	}
	if s.Failed() {
		s.Logf("the server said:\n%s", tail(text))
	}
}

// again stops the server and starts it anew at the same address.
func (s *server) again() {
	s.Helper()
	s.stop()
	s.start(strings.TrimPrefix(s.url, "http://"))
}

// quiet fails the test if the server complained of anything but what is allowed.
func (s *server) quiet(allowed ...string) {
	s.Helper()
	text, _ := s.log.read()
	lines := bufio.NewScanner(strings.NewReader(text))
next:
	for lines.Scan() {
		if !strings.Contains(lines.Text(), "level=ERROR") && !strings.Contains(lines.Text(), "level=WARN") {
			continue
		}
		for _, a := range allowed {
			if strings.Contains(lines.Text(), a) {
				continue next
			}
		}
		s.Errorf("the server complained: %s", lines.Text())
	}
}

// mailAddress finds the addresses of readers in logs, where none may stand.
var mailAddress = regexp.MustCompile(`[a-z0-9._+-]+@[a-z0-9-]+\.[a-z.]+`)

func tail(text string) string { return text[max(0, len(text)-8000):] }

// run runs another command of the program to its end.
func run(tb testing.TB, env []string, args ...string) (code int, out, errs string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), patience)
	defer cancel()
	c := exec.CommandContext(ctx, program(tb), args...)
	var o, e strings.Builder
	c.Stdout, c.Stderr, c.Stdin = &o, &e, strings.NewReader("")
	c.Env = append([]string{"PATH=" + os.Getenv("PATH"), "LANG=en", "HOME=/nonexistent"}, env...)
	err := c.Run()
	if c.ProcessState == nil {
		tb.Fatalf("run %s: %v", strings.Join(args, " "), err)
	}
	return c.ProcessState.ExitCode(), o.String(), e.String()
}

// eventually asks again and again until the answer is yes.
func eventually(tb testing.TB, what string, holds func() bool) {
	tb.Helper()
	late := time.After(patience)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-late:
			tb.Fatalf("waited in vain until %s", what)
		}
	}
}

// readAll reads a body and closes it.
func readAll(tb testing.TB, res *http.Response) string {
	tb.Helper()
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		tb.Fatal(fmt.Errorf("read %s: %w", res.Request.URL, err))
	}
	return string(body)
}
