package eximtest

import (
	"crypto/x509"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/daemontest"
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

// Server is a running Exim.
type Server struct {
	// Addr is host:port of its SMTP server, which offers STARTTLS.
	Addr string
	// Pool trusts its certificate.
	Pool *x509.CertPool

	// Inbox holds what has been delivered.
	smtptest.Inbox

	dir, program string
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
	s := &Server{program: find(tb), Addr: daemontest.FreeAddr(tb)}
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

// prepare makes the folders, the certificate and the configuration.
func (s *Server) prepare(tb testing.TB, domains []string) {
	tb.Helper()
	s.dir = daemontest.Folder(tb, "eximtest", "etc", "spool", "log", "mail")
	s.Inbox = smtptest.Inbox(filepath.Join(s.dir, "mail", "new"))
	cert, pool := smtptest.Certificate(tb, Host)
	s.Pool = pool
	chain, key := smtptest.PEM(tb, cert)
	owner := s.owner(tb)
	words := strings.NewReplacer("{host}", Host, "{program}", s.program, "{dir}", s.dir, "{user}", owner,
		"{domains}", strings.Join(domains, " : "))
	for name, text := range map[string]string{"exim.conf": words.Replace(config), "cert.pem": string(chain), "key.pem": string(key)} {
		daemontest.Must(tb, os.WriteFile(filepath.Join(s.dir, "etc", name), []byte(text), 0o600))
	}
	daemontest.Give(tb, owner, s.dir, "spool", "log", "mail", "etc/key.pem", "etc/cert.pem")
	daemontest.Must(tb, os.Chmod(s.conf(), 0o644))
}

// owner asks the program which user was built into it.
func (s *Server) owner(tb testing.TB) string {
	tb.Helper()
	out, err := exec.CommandContext(tb.Context(), s.program, "-C", "/dev/null", "-bP", "exim_user").CombinedOutput()
	_, name, _ := strings.Cut(strings.TrimSpace(string(out)), "= ")
	if err != nil || name == "" {
		tb.Fatalf("eximtest: %s: %v: %s; %s", s.program, err, out, install)
	}
	return name
}

func (s *Server) conf() string { return filepath.Join(s.dir, "etc", "exim.conf") }

// run starts Exim, waits until it answers, and stops it at the end of the test.
func (s *Server) run(tb testing.TB) {
	tb.Helper()
	daemon := &daemontest.Daemon{
		Name: "Exim", Log: s.log, Ready: func() bool { return smtptest.Greets(s.Addr) },
		Command: daemontest.Mortal(s.program, "-C", s.conf(), "-bdf", "-oX", strings.Replace(s.Addr, ":", ".", 1)),
	}
	daemon.Run(tb)
}

// log is what Exim logged.
func (s *Server) log() string {
	text, err := os.ReadFile(filepath.Join(s.dir, "log", "mainlog"))
	if err != nil {
		return err.Error()
	}
	return string(text)
}
