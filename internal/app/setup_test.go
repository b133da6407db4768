package app

import (
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// TestTheWizardHasAKeyWhereOthersReachIt: only while it waits; by the port, or by a
// proxy in front of loopback.
func TestTheWizardHasAKeyWhereOthersReachIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a, err := New(t.Context(), Config{
		DataDir: dir, Database: storetest.SQLiteURL(t), KeyFile: filepath.Join(dir, "key"), PublicURL: "https://mail.midori.example",
		Mail: Mail{Mode: MX, Hostname: "mta.example.jp", Connections: 1}, Log: slog.New(slog.DiscardHandler), Clock: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	everywhere := &net.TCPAddr{IP: net.IPv6unspecified, Port: 8080}
	near := &net.TCPAddr{IP: net.ParseIP("127.0.0.1")}
	for _, public := range []string{"http://127.0.0.1:8080", "http://127.8.0.1", "http://[::1]:8080", "http://localhost:8080"} {
		a.PublicURL = public
		if err := a.makeSetupKey(t.Context(), near); err != nil || a.SetupLink() != "" {
			t.Errorf("%s: a key on loopback, %v", public, err)
		}
	}
	a.PublicURL = "https://mail.midori.example"
	if err := a.makeSetupKey(t.Context(), near); err != nil || a.SetupLink() == "" {
		t.Errorf("no key behind a proxy, %v", err)
	}
	if err := a.makeSetupKey(t.Context(), everywhere); err != nil || !strings.HasPrefix(a.SetupLink(), "https://mail.midori.example/admin/setup?key=kys_") {
		t.Errorf("link %q, %v", a.SetupLink(), err)
	}
	_, _, err = a.Accounts.SetUp(t.Context(), account.SetUp{
		Workspace:  account.WorkspaceForm{Lang: i18n.Ja, Label: account.Label{LegalName: "株式会社みどり商会", PostalAddress: "東京都千代田区丸の内1-1-1", URL: "https://midori.example/"}},
		AdminEmail: "hanako@midori.example", AdminName: "花子", AdminPassword: "correct horse battery staple",
	}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	a.setupKey = ""
	if err := a.makeSetupKey(t.Context(), everywhere); err != nil || a.SetupLink() != "" {
		t.Errorf("a key after the first run: %q, %v", a.SetupLink(), err)
	}
}
