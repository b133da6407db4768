package rspamdtest

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/daemontest"
	"github.com/kyodaku/kyodaku/internal/testcount"
)

// Where Debian puts Rspamd, and what to tell who has none.
const (
	program = "/usr/bin/rspamd"
	share   = "/usr/share/rspamd"
	account = "_rspamd"
	install = "apt-get install --no-install-recommends rspamd"
)

// Server is a running Rspamd.
type Server struct {
	addr, dir string
}

// Start starts an Rspamd that asks the name server at host:port, and stops it when the
// test ends.
func Start(tb testing.TB, dns string) *Server {
	tb.Helper()
	if _, err := os.Stat(program); err != nil {
		tb.Fatalf("rspamdtest: no Rspamd here; %s", install)
	}
	s := &Server{addr: daemontest.FreeAddr(tb)}
	s.prepare(tb, dns)
	s.run(tb)
	testcount.Ran(tb, testcount.Rspamd)
	return s
}

// prepare makes the folder.
func (s *Server) prepare(tb testing.TB, dns string) {
	tb.Helper()
	dir := daemontest.Folder(tb, "rspamdtest", "data")
	s.dir = dir
	words := strings.NewReplacer("{dir}", dir, "{dns}", dns, "{addr}", s.addr, "{share}", share)
	for name, text := range map[string]string{"rspamd.conf": words.Replace(config), "rules.lua": rules, "suffixes": suffixes} {
		daemontest.Must(tb, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
		daemontest.Must(tb, os.Chmod(filepath.Join(dir, name), 0o644))
	}
	if os.Geteuid() == 0 {
		daemontest.Give(tb, account, dir, "data")
	}
}

// run starts Rspamd, waits until it answers, and stops it at the end of the test.
func (s *Server) run(tb testing.TB) {
	tb.Helper()
	command := daemontest.Mortal(program, "-f", "-c", filepath.Join(s.dir, "rspamd.conf"))
	if os.Geteuid() == 0 {
		command = append(command, "-u", account, "-g", account)
	}
	daemon := &daemontest.Daemon{Name: "Rspamd", Command: command, Ready: func() bool { return s.answers(tb) }}
	daemon.Run(tb)
}

func (s *Server) answers(tb testing.TB) bool {
	req, err := http.NewRequestWithContext(tb.Context(), http.MethodGet, "http://"+s.addr+"/ping", nil)
	daemontest.Must(tb, err)
	req.Close = true
	reply, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	_ = reply.Body.Close()
	return reply.StatusCode == http.StatusOK
}
