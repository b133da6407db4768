package postfixtest

import (
	"crypto/x509"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/daemontest"
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

// Server is a running Postfix.
type Server struct {
	// Addr is host:port of its SMTP server, which offers STARTTLS.
	Addr string
	// Pool trusts its certificate for Host; nobody else does.
	Pool *x509.CertPool

	// Inbox holds what has been delivered.
	smtptest.Inbox
	*daemontest.Daemon

	dir      string
	uid, gid int
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
	s := &Server{Addr: daemontest.FreeAddr(tb)}
	s.prepare(tb)
	s.configure(tb, domains)
	s.run(tb)
	testcount.Ran(tb, testcount.Postfix)
	return s
}

// prepare makes the folders.
func (s *Server) prepare(tb testing.TB) {
	tb.Helper()
	s.dir = daemontest.Folder(tb, "postfixtest", "etc", "queue", "data", "mail")
	s.Inbox = smtptest.Inbox(filepath.Join(s.dir, "mail", "all", "new"))
	s.uid, s.gid = daemontest.Give(tb, "postfix", s.dir, "data", "mail")
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
		daemontest.Must(tb, os.WriteFile(filepath.Join(s.dir, "etc", name), []byte(text), mode))
	}
}

// run checks the configuration, starts Postfix, and stops it at the end of the test.
func (s *Server) run(tb testing.TB) {
	tb.Helper()
	if out, err := exec.CommandContext(tb.Context(), program, "-c", s.etc(), "check").CombinedOutput(); err != nil {
		tb.Fatalf("postfixtest: check: %v: %s", err, out)
	}
	s.Daemon = &daemontest.Daemon{
		Name: "Postfix", Log: s.log, Ready: func() bool { return smtptest.Greets(s.Addr) },
		// Its master must lead the group of its processes: it has its own way to end by itself.
		Command: []string{filepath.Join(daemonDir, "master"), "-c", s.etc(), "-d", "-e", daemontest.Lifetime},
	}
	s.Daemon.Run(tb)
}

func (s *Server) etc() string { return filepath.Join(s.dir, "etc") }

// log is what Postfix logged.
func (s *Server) log() string {
	text, err := os.ReadFile(filepath.Join(s.dir, "maillog"))
	if err != nil {
		return err.Error()
	}
	return string(text)
}
