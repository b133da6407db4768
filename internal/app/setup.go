package app

import (
	"context"
	"net"
	"net/url"

	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/web"
)

// makeSetupKey makes the key of the wizard while nobody has walked through it and
// others than this machine may reach it, by its port or through a proxy in front of
// it: without the key, whoever comes first would own the installation. It is in
// memory alone.
func (a *App) makeSetupKey(ctx context.Context, listening net.Addr) error {
	tcp, ok := listening.(*net.TCPAddr)
	if ok && tcp.IP.IsLoopback() && loopbackURL(a.PublicURL) {
		return nil
	}
	first, err := a.Accounts.FirstRun(ctx)
	if err != nil || !first {
		return err
	}
	a.setupKey = keyring.Secret("kys")
	return nil
}

// loopbackURL says whether an address leads to this machine alone.
func loopbackURL(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	return u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback()
}

// SetupLink is the address that opens the wizard of the first run with its key, for
// whoever sees the server's terminal; "" where no key is needed.
func (a *App) SetupLink() string {
	if a.setupKey == "" {
		return ""
	}
	return a.PublicURL + web.SetupLink(a.setupKey)
}
