package daemontest_test

import (
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/kyodaku/kyodaku/internal/daemontest"
)

// hereVariable has this program be the server of a test: it names the file that stands while it runs.
const hereVariable = "KYODAKU_DAEMONTEST_HERE"

func TestMain(m *testing.M) {
	if here := os.Getenv(hereVariable); here != "" {
		serve(here)
		return
	}
	m.Run()
}

// serve is a server that answers by a file, until it is told to end.
func serve(here string) {
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM)
	fmt.Println("up", os.WriteFile(here, nil, 0o600))
	<-end
	fmt.Println("down", os.Remove(here))
}

// TestADaemonIsStoppedAndStartedAgain: nobody answers between the two.
func TestADaemonIsStoppedAndStartedAgain(t *testing.T) {
	t.Parallel()
	dir := daemontest.Folder(t, "daemontest", "in")
	here := filepath.Join(dir, "in", "here")
	answers := func() bool { _, err := os.Stat(here); return err == nil }
	d := &daemontest.Daemon{
		Name: "this program", Ready: answers, Command: daemontest.Mortal("env", hereVariable+"="+here, os.Args[0]),
	}
	d.Run(t)
	for range 2 {
		d.Stop(t)
		if answers() {
			t.Error("a stopped server answers")
		}
		d.Start(t)
		if !answers() {
			t.Error("a started server does not answer")
		}
	}
}

// TestAFreeAddressIsNobodyElses: neither another test nor the machine takes it before
// the server is there.
func TestAFreeAddressIsNobodyElses(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 200 {
		addr := daemontest.FreeAddr(t)
		if host, _, err := net.SplitHostPort(addr); err != nil || host != "127.0.0.1" || seen[addr] {
			t.Fatalf("%s, before: %v: %v", addr, seen[addr], err)
		}
		seen[addr] = true
	}
	for range 200 {
		ln := listen(t, "127.0.0.1:0")
		if addr := ln.Addr().String(); seen[addr] {
			t.Errorf("the machine gave %s away", addr)
		}
	}
	for addr := range seen {
		listen(t, addr)
	}
}

// listen is the server that comes at last.
func listen(t *testing.T, addr string) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	return ln
}
