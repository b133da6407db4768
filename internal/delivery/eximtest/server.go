package eximtest

import (
	"bytes"
	"crypto/x509"
	"errors"
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

// Env names the environment variable that may name an Exim; without it, Debian's is
// taken, or the one that scripts/test-deps.sh unpacks beside Postfix, with which it
// cannot be installed.
const Env = "KYODAKU_TEST_EXIM"

const install = "scripts/test-deps.sh unpacks it on Debian; elsewhere install Exim 4.96 or newer with SMTPUTF8, or name one in " + Env

// Host is the server's name, for which its certificate is good.
const Host = "mx.eximtest.example"

// lifetime ends an Exim whose test died without cleaning up.
const lifetime = "20m"

// startTime is how long Exim may take to answer.
const startTime = 20 * time.Second

// Server is a running Exim.
type Server struct {
	// Addr is host:port of its SMTP server, which offers STARTTLS.
	Addr string
	// Pool trusts its certificate.
	Pool *x509.CertPool

	dir, program string
	said         bytes.Buffer
}

// Start starts an Exim that takes mail for the domains (example.jp if there are none),
// and stops it when the test ends.
func Start(tb testing.TB, domains ...string) *Server {
	tb.Helper()
	if os.Geteuid() != 0 {
		tb.Fatal("eximtest: Exim needs root to start; run the tests as root, as in a container")
	}
	if len(domains) == 0 {
		domains = []string{"example.jp"}
	}
	s := &Server{program: find(tb), Addr: freeAddr(tb)}
	s.prepare(tb, domains)
	s.run(tb)
	testcount.Ran(tb, testcount.Exim)
	return s
}

// find finds the program.
func find(tb testing.TB) string {
	tb.Helper()
	for _, path := range []string{os.Getenv(Env), "/usr/sbin/exim4", "/opt/kyodaku-test/exim4/usr/sbin/exim4"} {
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			return path
		}
	}
	tb.Fatalf("eximtest: no Exim here; %s", install)
	return ""
}

// prepare makes the folders, the certificate and the configuration. They stand outside
// of the test's own temporary folder, which Exim's user may not enter.
func (s *Server) prepare(tb testing.TB, domains []string) {
	tb.Helper()
	dir, err := os.MkdirTemp("/tmp", "eximtest-")
	must(tb, err)
	tb.Cleanup(func() { _ = os.RemoveAll(dir) })
	s.dir = dir
	must(tb, os.Chmod(dir, 0o755))
	for _, name := range []string{"etc", "spool", "log", "mail"} {
		must(tb, os.Mkdir(filepath.Join(dir, name), 0o755))
	}
	cert, pool := smtptest.Certificate(tb, Host)
	s.Pool = pool
	chain, key := smtptest.PEM(tb, cert)
	owner, uid, gid := s.owner(tb)
	words := strings.NewReplacer("{host}", Host, "{program}", s.program, "{dir}", dir, "{user}", owner,
		"{domains}", strings.Join(domains, " : "))
	for name, text := range map[string]string{"exim.conf": words.Replace(config), "cert.pem": string(chain), "key.pem": string(key)} {
		must(tb, os.WriteFile(filepath.Join(dir, "etc", name), []byte(text), 0o600))
	}
	for _, name := range []string{"spool", "log", "mail", "etc/key.pem", "etc/cert.pem"} {
		must(tb, os.Chown(filepath.Join(dir, name), uid, gid))
	}
	must(tb, os.Chmod(s.conf(), 0o644))
}

// owner asks the program which user was built into it.
func (s *Server) owner(tb testing.TB) (name string, uid, gid int) {
	tb.Helper()
	out, err := exec.CommandContext(tb.Context(), s.program, "-C", "/dev/null", "-bP", "exim_user").CombinedOutput()
	_, name, _ = strings.Cut(strings.TrimSpace(string(out)), "= ")
	if err != nil || name == "" {
		tb.Fatalf("eximtest: %s: %v: %s; %s", s.program, err, out, install)
	}
	u, err := user.Lookup(name)
	must(tb, err)
	uid, uidErr := strconv.Atoi(u.Uid)
	gid, gidErr := strconv.Atoi(u.Gid)
	must(tb, errors.Join(uidErr, gidErr))
	return name, uid, gid
}

func (s *Server) conf() string { return filepath.Join(s.dir, "etc", "exim.conf") }

// freeAddr finds a port that is free now.
func freeAddr(tb testing.TB) string {
	tb.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(tb, err)
	addr := ln.Addr().String()
	must(tb, ln.Close())
	return addr
}

// run starts Exim, waits until it answers, and stops it at the end of the test.
func (s *Server) run(tb testing.TB) {
	tb.Helper()
	daemon := exec.Command("timeout", lifetime, s.program, "-C", s.conf(), "-bdf", "-oX", strings.Replace(s.Addr, ":", ".", 1))
	daemon.Stdout, daemon.Stderr = &s.said, &s.said
	must(tb, daemon.Start())
	ended := make(chan error, 1)
	go func() { ended <- daemon.Wait() }()
	tb.Cleanup(func() {
		_ = daemon.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(startTime):
			_ = daemon.Process.Kill()
			tb.Error("eximtest: Exim did not stop")
		}
		if tb.Failed() {
			tb.Logf("eximtest: Exim said %s and logged:\n%s", s.said.String(), s.log())
		}
	})
	s.await(tb, ended)
}

// await waits for the greeting: the only sign that Exim gives.
func (s *Server) await(tb testing.TB, ended chan error) {
	tb.Helper()
	late := time.After(startTime)
	beat := time.NewTicker(20 * time.Millisecond)
	defer beat.Stop()
	for !s.greets() {
		select {
		case err := <-ended:
			ended <- err
			tb.Fatalf("eximtest: it ended: %v: %s", err, s.log())
		case <-late:
			tb.Fatalf("eximtest: no greeting: %s", s.log())
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
	_, _ = fmt.Fprint(conn, "QUIT\r\n")
	return true
}

// log is the end of what Exim logged.
func (s *Server) log() string {
	text, err := os.ReadFile(filepath.Join(s.dir, "log", "mainlog"))
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-4000):])
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatalf("eximtest: %v", err)
	}
}
