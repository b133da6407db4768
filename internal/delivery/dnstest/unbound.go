package dnstest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// Where Debian puts Unbound, and what to tell who has none.
const (
	program = "/usr/sbin/unbound"
	install = "apt-get install --no-install-recommends unbound"
)

// lifetime ends an Unbound whose test died without cleaning up.
const lifetime = "20m"

// startTime is how long Unbound may take to answer.
const startTime = 20 * time.Second

// config makes a resolver that asks one server for everything.
const config = `server:
  interface: 127.0.0.1@%s
  port: %s
  directory: "%s"
  username: ""
  chroot: ""
  pidfile: ""
  use-syslog: no
  logfile: ""
  do-daemonize: no
  do-ip6: no
  num-threads: 1
  access-control: 127.0.0.0/8 allow
  do-not-query-localhost: no
  module-config: "validator iterator"
  qname-minimisation: no
  aggressive-nsec: no
  target-fetch-policy: "0 0 0 0 0"
%sremote-control:
  control-enable: no
%s`

// Resolver starts Unbound over the server, with the keys of the signed zones as
// trust anchors, stops it when the test ends, and returns its host:port.
func (s *Server) Resolver(tb testing.TB) string {
	tb.Helper()
	if _, err := os.Stat(program); err != nil {
		tb.Fatalf("dnstest: no Unbound here; %s", install)
	}
	packets, stream := listen(tb)
	addr := stream.Addr().String()
	_, _ = packets.Close(), stream.Close()
	dir := tb.TempDir()
	file := filepath.Join(dir, "unbound.conf")
	if err := os.WriteFile(file, []byte(s.config(addr, dir)), 0o600); err != nil {
		tb.Fatalf("dnstest: %v", err)
	}
	var said bytes.Buffer
	cmd := exec.Command("timeout", lifetime, program, "-d", "-c", file)
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		tb.Fatalf("dnstest: start: %v", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	tb.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(startTime):
			_ = cmd.Process.Kill()
			tb.Error("dnstest: Unbound did not stop")
		}
		if tb.Failed() {
			tb.Logf("dnstest: Unbound said:\n%s", said.String())
		}
	})
	s.await(tb, addr, ended)
	return addr
}

func (s *Server) config(addr, dir string) string {
	port := addr[strings.LastIndexByte(addr, ':')+1:]
	var anchors, stubs strings.Builder
	for _, z := range append(s.zones, &zone{apex: "."}) {
		if z.signed {
			ds := strings.ReplaceAll(z.public.ToDS(dns.SHA256).String(), "\t", " ")
			fmt.Fprintf(&anchors, "  trust-anchor: %q\n", ds)
		}
		fmt.Fprintf(&stubs, "stub-zone:\n  name: %q\n  stub-addr: %s\n", z.apex, strings.Replace(s.Addr, ":", "@", 1))
	}
	return fmt.Sprintf(config, port, port, dir, anchors.String(), stubs.String())
}

// await asks until there is an answer: the only sign that Unbound gives.
func (s *Server) await(tb testing.TB, addr string, ended chan error) {
	tb.Helper()
	q := new(dns.Msg).SetQuestion(s.zones[0].apex, dns.TypeSOA)
	client := &dns.Client{Timeout: time.Second}
	beat := time.NewTicker(20 * time.Millisecond)
	defer beat.Stop()
	late := time.After(startTime)
	for {
		if reply, _, err := client.Exchange(q.Copy(), addr); err == nil && reply.Rcode == dns.RcodeSuccess {
			return
		}
		select {
		case err := <-ended:
			ended <- err
			tb.Fatalf("dnstest: Unbound ended: %v", err)
		case <-late:
			tb.Fatal("dnstest: Unbound does not answer")
		case <-beat.C:
		}
	}
}
