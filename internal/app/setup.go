package app

import (
	"context"
	"net"

	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/web"
)

// makeSetupKey makes the key of the wizard while nobody has walked through it and
// others than this machine may reach the address listened on: without it, whoever
// finds the port first would own the installation. The key is in memory alone.
func (a *App) makeSetupKey(ctx context.Context, listening net.Addr) error {
	if tcp, ok := listening.(*net.TCPAddr); ok && tcp.IP.IsLoopback() {
		return nil
	}
	first, err := a.Accounts.FirstRun(ctx)
	if err != nil || !first {
		return err
	}
	a.setupKey = keyring.Secret("kys")
	return nil
}

// SetupLink is the address that opens the wizard of the first run with its key, for
// whoever sees the server's terminal; "" where no key is needed.
func (a *App) SetupLink() string {
	if a.setupKey == "" {
		return ""
	}
	return a.PublicURL + web.SetupLink(a.setupKey)
}
