package daemontest_test

import (
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/kyodaku/kyodaku/internal/daemontest"
)

// TestADaemonIsStoppedAndStartedAgain: nobody answers between the two.
func TestADaemonIsStoppedAndStartedAgain(t *testing.T) {
	t.Parallel()
	dir := daemontest.Folder(t, "daemontest", "in")
	here := filepath.Join(dir, "in", "here")
	answers := func() bool { _, err := os.Stat(here); return err == nil }
	d := &daemontest.Daemon{
		Name: "a shell", Ready: answers,
		Command: daemontest.Mortal("sh", "-c", `trap 'rm "$0"; exit' TERM; echo up; touch "$0"; while :; do sleep 0.01; done`, here),
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

// TestAFreeAddressCanBeListenedAt: it is of this machine alone.
func TestAFreeAddressCanBeListenedAt(t *testing.T) {
	t.Parallel()
	addr := daemontest.FreeAddr(t)
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	if host, _, err := net.SplitHostPort(addr); err != nil || host != "127.0.0.1" {
		t.Errorf("%s: %v", addr, err)
	}
}
