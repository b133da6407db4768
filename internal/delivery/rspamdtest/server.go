package rspamdtest

import (
	"bytes"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/testcount"
)

// Where Debian puts Rspamd, and what to tell who has none.
const (
	program = "/usr/bin/rspamd"
	share   = "/usr/share/rspamd"
	account = "_rspamd"
	install = "apt-get install --no-install-recommends rspamd"
)

// lifetime ends an Rspamd whose test died without cleaning up.
const lifetime = "20m"

// startTime is how long Rspamd may take to answer.
const startTime = 30 * time.Second

// Server is a running Rspamd.
type Server struct {
	addr, dir string
	said      bytes.Buffer
}

// Start starts an Rspamd that asks the name server at host:port, and stops it when the
// test ends.
func Start(tb testing.TB, dns string) *Server {
	tb.Helper()
	if _, err := os.Stat(program); err != nil {
		tb.Fatalf("rspamdtest: no Rspamd here; %s", install)
	}
	s := &Server{addr: freeAddr(tb)}
	s.prepare(tb, dns)
	s.run(tb)
	testcount.Ran(tb, testcount.Rspamd)
	return s
}

// prepare makes the folder, outside of the test's own, which Rspamd's user may not enter.
func (s *Server) prepare(tb testing.TB, dns string) {
	tb.Helper()
	dir, err := os.MkdirTemp("/tmp", "rspamdtest-")
	must(tb, err)
	tb.Cleanup(func() { _ = os.RemoveAll(dir) })
	s.dir = dir
	must(tb, os.Chmod(dir, 0o755))
	must(tb, os.Mkdir(filepath.Join(dir, "data"), 0o755))
	words := strings.NewReplacer("{dir}", dir, "{dns}", dns, "{addr}", s.addr, "{share}", share)
	for name, text := range map[string]string{"rspamd.conf": words.Replace(config), "rules.lua": rules, "suffixes": suffixes} {
		must(tb, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
		must(tb, os.Chmod(filepath.Join(dir, name), 0o644))
	}
	if os.Geteuid() == 0 {
		u, err := user.Lookup(account)
		must(tb, err)
		uid, uidErr := strconv.Atoi(u.Uid)
		gid, gidErr := strconv.Atoi(u.Gid)
		must(tb, errors.Join(uidErr, gidErr, os.Chown(filepath.Join(dir, "data"), uid, gid)))
	}
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

// run starts Rspamd, waits until it answers, and stops it at the end of the test.
func (s *Server) run(tb testing.TB) {
	tb.Helper()
	args := []string{lifetime, program, "-f", "-c", filepath.Join(s.dir, "rspamd.conf")}
	if os.Geteuid() == 0 {
		args = append(args, "-u", account, "-g", account)
	}
	daemon := exec.Command("timeout", args...)
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
			tb.Error("rspamdtest: Rspamd did not stop")
			return
		}
		if tb.Failed() {
			tb.Logf("rspamdtest: Rspamd said:\n%s", s.said.String())
		}
	})
	s.await(tb, ended)
}

// await asks until there is an answer: the only sign that Rspamd gives.
func (s *Server) await(tb testing.TB, ended chan error) {
	tb.Helper()
	late := time.After(startTime)
	beat := time.NewTicker(50 * time.Millisecond)
	defer beat.Stop()
	for !s.answers(tb) {
		select {
		case err := <-ended:
			ended <- err
			tb.Fatalf("rspamdtest: it ended: %v: %s", err, s.said.String())
		case <-late:
			tb.Fatal("rspamdtest: no answer")
		case <-beat.C:
		}
	}
}

func (s *Server) answers(tb testing.TB) bool {
	req, err := http.NewRequestWithContext(tb.Context(), http.MethodGet, "http://"+s.addr+"/ping", nil)
	must(tb, err)
	req.Close = true
	reply, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	_ = reply.Body.Close()
	return reply.StatusCode == http.StatusOK
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatalf("rspamdtest: %v", err)
	}
}
