package app

import (
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/provision"
)

// provideTimeout is how long a recipient may take over a whole data set.
const provideTimeout = time.Hour

// buildProvision builds what hands personal data over and keeps the records of it.
func (a *App) buildProvision() {
	a.ProvisionRuns = provision.NewRuns(provision.RunConfig{
		Book: a.Provisions, Jobs: a.Jobs, Ring: a.Ring, Log: a.Log, Client: a.recipientClient(),
	})
}

// recipientClient speaks to recipients: over TLS, without following where somebody else
// points to, and to nobody on the inside, unless this installation lives there.
func (a *App) recipientClient() *http.Client {
	dialer := &net.Dialer{Timeout: 30 * time.Second}
	if !a.Mail.Inside && a.Mail.Mode != Catch {
		dialer.Control = outsideOnly
	}
	return &http.Client{
		Timeout:       provideTimeout,
		Transport:     &http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: 30 * time.Second, ResponseHeaderTimeout: 10 * time.Minute},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// outsideOnly refuses addresses that only this machine or its network can reach.
func outsideOnly(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if ip := at.Addr().Unmap(); !ip.IsGlobalUnicast() || ip.IsPrivate() {
		return fault.New(fault.Refused, "provision.target.inside")
	}
	return nil
}
