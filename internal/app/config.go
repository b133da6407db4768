package app

import (
	"log/slog"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/delivery/feedback"
	"github.com/kyodaku/kyodaku/internal/delivery/mailbox"
	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
	"github.com/kyodaku/kyodaku/internal/delivery/tlspolicy"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// Mode is where mail goes.
type Mode string

// The modes.
const (
	// MX delivers to each domain's own servers.
	MX Mode = "mx"
	// RelayMode hands everything to one server.
	RelayMode Mode = "relay"
	// Catch keeps every mail for viewing; nothing leaves the machine.
	Catch Mode = "catch"
)

// Signer is by whom mail is signed.
type Signer string

// The signers: us, by one arithmetic or the other, or the relay.
const (
	SignFastest   = Signer(delivery.Fastest)
	SignLibcrypto = Signer(delivery.Libcrypto)
	SignStandard  = Signer(delivery.Standard)
	// SignRelay leaves signing to the relay, which then must do it.
	SignRelay Signer = "relay"
)

// Config is what an App is made from.
type Config struct {
	// DataDir holds key file and database, unless they are named.
	DataDir  string
	Database string
	KeyFile  string
	// Listen is the address of the web server, host:port.
	Listen string
	// PublicURL is where readers and operators reach it, without a slash at the
	// end; empty means http:// and the address really listened on.
	PublicURL string
	Proxies   page.Proxies
	// MetricsListen is where /metrics answers, host:port; empty means nowhere.
	MetricsListen string
	Mail          Mail
	Log           *slog.Logger
	Clock         func() time.Time
}

// Mail is how messages leave and come back.
type Mail struct {
	Mode Mode
	// Relay is the server of RelayMode.
	Relay smtp.Target
	// Relays are further ones, used by weight beside Relay, whose weight is 1.
	Relays []delivery.RelayTarget
	// Hostname is our name in EHLO.
	Hostname string
	// Connections is how many sessions may be open at once; what a person waits for is
	// not counted.
	Connections int
	// Sources are the addresses to send from; none leaves the choice to the system.
	Sources []delivery.Source
	// ProfilesDir is a folder with the operator's own provider profiles; empty means none.
	ProfilesDir string
	// Signer is by whom mail is signed; empty means Fastest.
	Signer Signer
	// Inside says that no mail leaves this machine although a relay is named: every
	// sending domain counts as proven. Catch mode is always so.
	Inside bool
	// Resolvers are DNS servers as host:port; empty means the system's.
	Resolvers []string
	// Validating are those of them whose word on DNSSEC is believed.
	Validating []string
	// RequireTLS lists domains that get no mail in clear.
	RequireTLS []tlspolicy.Requirement
	// TLSReportFrom is the address that TLS reports come from; empty has them sent over
	// HTTPS only.
	TLSReportFrom string
	// InboundListen takes refusals and bounces by mail; empty means no listener.
	InboundListen string
	// InboundIMAP is a mailbox to fetch such mail from: its Addr, empty for none, with TLS,
	// account and Folder. The rest is filled in.
	InboundIMAP mailbox.Config
	// InboundDomain is the domain such mail is sent to.
	InboundDomain string
	// Hooks are what relays that tell us of our messages prove themselves with: its
	// Token, Topics and keys. The rest is filled in.
	Hooks feedback.Config
}
