package dnstest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/kyodaku/kyodaku/internal/daemontest"
)

// Where Debian puts Unbound, and what to tell who has none.
const (
	program = "/usr/sbin/unbound"
	install = "apt-get install --no-install-recommends unbound"
)

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
	packets, stream := listen(tb) // a port that is free for both
	addr := stream.Addr().String()
	_, _ = packets.Close(), stream.Close()
	dir := tb.TempDir()
	file := filepath.Join(dir, "unbound.conf")
	if err := os.WriteFile(file, []byte(s.config(addr, dir)), 0o600); err != nil {
		tb.Fatalf("dnstest: %v", err)
	}
	daemon := &daemontest.Daemon{
		Name: "Unbound", Command: daemontest.Mortal(program, "-d", "-c", file),
		Ready: func() bool { return s.answers(addr) },
	}
	daemon.Run(tb)
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

// answers says whether the resolver at addr knows the first zone.
func (s *Server) answers(addr string) bool {
	q := new(dns.Msg).SetQuestion(s.zones[0].apex, dns.TypeSOA)
	reply, _, err := (&dns.Client{Timeout: time.Second}).Exchange(q, addr)
	return err == nil && reply.Rcode == dns.RcodeSuccess
}
