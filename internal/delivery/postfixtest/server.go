package postfixtest

import (
	"bytes"
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/smtptest"
	"github.com/kyodaku/kyodaku/internal/testcount"
)

// Where Debian puts Postfix, and what to tell who has none.
const (
	program   = "/usr/sbin/postfix"
	daemonDir = "/usr/lib/postfix/sbin"
	install   = "apt-get install --no-install-recommends postfix"
)

// Host is the server's name, for which its certificate is good.
const Host = "mx.postfixtest.example"

// lifetime ends a Postfix whose test died without cleaning up.
const lifetime = 20 * time.Minute

// startTime is how long Postfix may take to answer.
const startTime = 20 * time.Second

// Server is a running Postfix.
type Server struct {
	// Addr is host:port of its SMTP server, which offers STARTTLS.
	Addr string
	// Pool trusts its certificate for Host; nobody else does.
	Pool *x509.CertPool

	dir string
	uid int
	gid int

	master *exec.Cmd
	ended  chan error
	said   bytes.Buffer
}

// Start starts a Postfix that takes mail for the domains (example.jp if there are
// none), and stops it when the test ends.
func Start(tb testing.TB, domains ...string) *Server {
	tb.Helper()
	if _, err := os.Stat(program); err != nil {
		tb.Fatalf("postfixtest: no Postfix here; %s", install)
	}
	if os.Geteuid() != 0 {
		tb.Fatal("postfixtest: Postfix needs root to start; run the tests as root, as in a container")
	}
	if len(domains) == 0 {
		domains = []string{"example.jp"}
	}
	s := &Server{}
	s.prepare(tb)
	s.Addr = freeAddr(tb)
	s.configure(tb, domains)
	s.run(tb)
	testcount.Ran(tb, testcount.Postfix)
	return s
}

// prepare makes the folders. They stand outside of the test's own temporary folder,
// which Postfix's other users may not enter.
func (s *Server) prepare(tb testing.TB) {
	tb.Helper()
	owner, err := user.Lookup("postfix")
	if err != nil {
		tb.Fatalf("postfixtest: %v; %s", err, install)
	}
	uid, uidErr := strconv.Atoi(owner.Uid)
	gid, gidErr := strconv.Atoi(owner.Gid)
	dir, err := os.MkdirTemp("/tmp", "postfixtest-")
	if uidErr != nil || gidErr != nil || err != nil {
		tb.Fatalf("postfixtest: %v %v %v", uidErr, gidErr, err)
	}
	tb.Cleanup(func() { _ = os.RemoveAll(dir) })
	s.dir, s.uid, s.gid = dir, uid, gid
	must(tb, os.Chmod(dir, 0o755))
	for _, name := range []string{"etc", "queue", "data", "mail"} {
		must(tb, os.Mkdir(filepath.Join(dir, name), 0o755))
	}
	must(tb, os.Chown(filepath.Join(dir, "data"), uid, gid))
	must(tb, os.Chown(filepath.Join(dir, "mail"), uid, gid))
}

// freeAddr finds a port that is free now.
func freeAddr(tb testing.TB) string {
	tb.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(tb, err)
	addr := ln.Addr().String()
	must(tb, ln.Close())
	return addr
}

// configure writes main.cf, master.cf and the certificate.
func (s *Server) configure(tb testing.TB, domains []string) {
	tb.Helper()
	cert, pool := smtptest.Certificate(tb, Host)
	s.Pool = pool
	chain, key := smtptest.PEM(tb, cert)
	words := strings.NewReplacer("{dir}", s.dir, "{daemons}", daemonDir, "{addr}", s.Addr,
		"{domains}", strings.Join(domains, ", "), "{uid}", strconv.Itoa(s.uid), "{gid}", strconv.Itoa(s.gid))
	for name, text := range map[string]string{
		"main.cf": words.Replace(mainCF), "people": people, "master.cf": words.Replace(masterCF), "cert.pem": string(chain), "key.pem": string(key),
	} {
		mode := os.FileMode(0o644)
		if name == "key.pem" {
			mode = 0o600
		}
		must(tb, os.WriteFile(filepath.Join(s.dir, "etc", name), []byte(text), mode))
	}
}

// run checks the configuration, starts Postfix, and stops it at the end of the test.
func (s *Server) run(tb testing.TB) {
	tb.Helper()
	if out, err := exec.CommandContext(tb.Context(), program, "-c", s.etc(), "check").CombinedOutput(); err != nil {
		tb.Fatalf("postfixtest: check: %v: %s", err, out)
	}
	tb.Cleanup(func() {
		s.Stop(tb)
		if tb.Failed() {
			tb.Logf("postfixtest: Postfix said %s and logged:\n%s", s.said.String(), s.log())
		}
	})
	s.Restart(tb)
}

func (s *Server) etc() string { return filepath.Join(s.dir, "etc") }

// Restart starts Postfix at the same address as before, with what it has delivered
// and what still lies in its queue, and waits until it answers.
func (s *Server) Restart(tb testing.TB) {
	tb.Helper()
	s.master = exec.Command(filepath.Join(daemonDir, "master"), "-c", s.etc(), "-d", "-e", strconv.Itoa(int(lifetime/time.Second)))
	s.master.Stdout, s.master.Stderr = &s.said, &s.said
	s.master.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	must(tb, s.master.Start())
	ended := make(chan error, 1)
	s.ended = ended
	go func(master *exec.Cmd) { ended <- master.Wait() }(s.master)
	if err := s.await(tb.Context(), ended); err != nil {
		tb.Fatalf("postfixtest: start: %v", err)
	}
}

// Stop ends Postfix: nobody answers at its address any more. It does nothing when
// Postfix has been stopped before.
func (s *Server) Stop(tb testing.TB) {
	tb.Helper()
	if s.master == nil {
		return
	}
	_ = s.master.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.ended:
	case <-time.After(startTime):
		_ = syscall.Kill(-s.master.Process.Pid, syscall.SIGKILL)
		tb.Error("postfixtest: Postfix did not stop")
	}
	s.master = nil
}

// await waits for the greeting: the only sign that Postfix gives.
func (s *Server) await(ctx context.Context, ended chan error) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	beat := time.NewTicker(20 * time.Millisecond)
	defer beat.Stop()
	for {
		if s.greets() {
			return nil
		}
		select {
		case err := <-ended:
			ended <- err
			return fmt.Errorf("it ended: %v: %s", err, s.log())
		case <-ctx.Done():
			return fmt.Errorf("no greeting: %w: %s", ctx.Err(), s.log())
		case <-beat.C:
		}
	}
}

func (s *Server) greets() bool {
	conn, err := net.DialTimeout("tcp", s.Addr, time.Second)
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	word := make([]byte, 4)
	if _, err = conn.Read(word); err != nil || string(word) != "220 " {
		return false
	}
	_, _ = conn.Write([]byte("QUIT\r\n"))
	return true
}

// log is the end of what Postfix logged.
func (s *Server) log() string {
	text, err := os.ReadFile(filepath.Join(s.dir, "maillog"))
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-4000):])
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatalf("postfixtest: %v", err)
	}
}
