package daemontest

import (
	"bytes"
	"errors"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Lifetime ends a server whose test died without cleaning up, in seconds.
const Lifetime = "1200"

// patience is how long a server may take to answer, and to stop.
const patience = 30 * time.Second

// Daemon is a server program of the machine. The exported fields are set before Run.
type Daemon struct {
	// Name is what the server is called when something is wrong with it.
	Name string
	// Command is the program and its arguments. It stays in the foreground; Mortal
	// gives it its Lifetime.
	Command []string
	// Ready says whether the server answers; it is asked until it does.
	Ready func() bool
	// Log gives what the server wrote elsewhere than to its standard outputs; nil if
	// it does not.
	Log func() string

	cmd   *exec.Cmd
	ended chan error
	said  said
}

// Mortal has a command end by itself after its Lifetime.
func Mortal(command ...string) []string {
	return append([]string{"timeout", Lifetime}, command...)
}

// Run starts the server, waits until it answers, and stops it when the test ends.
func (d *Daemon) Run(tb testing.TB) {
	tb.Helper()
	tb.Cleanup(func() {
		d.Stop(tb)
		if tb.Failed() {
			tb.Logf("%s said:\n%s", d.Name, d.words())
		}
	})
	d.Start(tb)
}

// Start starts the server, again after Stop, and waits until it answers.
func (d *Daemon) Start(tb testing.TB) {
	tb.Helper()
	cmd, ended := exec.Command(d.Command[0], d.Command[1:]...), make(chan error, 1)
	cmd.Stdout, cmd.Stderr = &d.said, &d.said
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		tb.Fatalf("%s: %v", d.Name, err)
	}
	d.cmd, d.ended = cmd, ended
	go func() { ended <- cmd.Wait() }()
	if err := d.await(); err != nil {
		tb.Fatalf("%s: %v:\n%s", d.Name, err, d.words())
	}
}

// await asks until there is an answer: the only sign that servers give.
func (d *Daemon) await() error {
	late := time.After(patience)
	beat := time.NewTicker(20 * time.Millisecond)
	defer beat.Stop()
	for !d.Ready() {
		select {
		case err := <-d.ended:
			d.ended <- err
			return errors.Join(errors.New("it ended"), err)
		case <-late:
			return errors.New("it does not answer")
		case <-beat.C:
		}
	}
	return nil
}

// Stop ends the server: nobody answers any more. It does nothing when the server has
// been stopped before.
func (d *Daemon) Stop(tb testing.TB) {
	tb.Helper()
	if d.cmd == nil {
		return
	}
	_ = d.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case <-d.ended:
	case <-time.After(patience):
		_ = syscall.Kill(-d.cmd.Process.Pid, syscall.SIGKILL)
		tb.Errorf("%s did not stop", d.Name)
	}
	d.cmd = nil
}

// words is the end of what the server said and logged.
func (d *Daemon) words() string {
	text := d.said.String()
	if d.Log != nil {
		text += "\n" + d.Log()
	}
	const most = 8000
	return text[max(0, len(text)-most):]
}

// said collects what a process writes while a test may read it.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

// String is all that was written so far.
func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}
