package config

import (
	"log/slog"
	"net/netip"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/i18n"
)

// Config is everything an installation is told from outside.
type Config struct {
	// File is the TOML file that was read, or "".
	File string
	// DataDir holds the database, the key and temporary files.
	DataDir string
	// Database is the address that store.Open takes; it may hold a password.
	Database Secret
	// Listen is where the web server listens: host:port.
	Listen string
	// PublicURL is how readers reach it, without a slash at the end. It is empty when
	// the system chooses the port (Listen ends in :0): then it is where we listen.
	PublicURL string
	// TrustedProxies may say for whom they call (X-Forwarded-For).
	TrustedProxies []netip.Prefix
	// KeyFile holds the master key; it is made on the first run.
	KeyFile   string
	LogLevel  slog.Level
	LogFormat LogFormat
	// MetricsListen is where metrics are given, host:port, or "" for nowhere.
	MetricsListen string
	Delivery      Delivery
	Inbound       Inbound
	Hooks         Hooks
	SetUp         SetUp
}

// LogFormat is how log lines are written.
type LogFormat string

// The formats of logs.
const (
	LogText LogFormat = "text"
	LogJSON LogFormat = "json"
)

// Mode is where mail goes.
type Mode string

// The modes of delivery.
const (
	// MX hands every mail to the receiving domain's own servers.
	MX Mode = "mx"
	// Relay hands every mail to one smart host.
	Relay Mode = "relay"
	// Catch keeps every mail for looking at; nothing leaves the machine.
	Catch Mode = "catch"
)

// RelayTLS is how the way to the relay is protected.
type RelayTLS string

// The protections of the way to the relay.
const (
	// TLSRequire hands nothing over without TLS and a certificate that is right.
	TLSRequire RelayTLS = "require"
	// TLSOpportunistic takes TLS where it is offered, and never sends a password.
	TLSOpportunistic RelayTLS = "opportunistic"
	// TLSOff uses none, and only with a relay on this machine.
	TLSOff RelayTLS = "off-loopback-only"
)

// Signer is by what mail is signed.
type Signer string

// The signers.
const (
	// SignAuto takes libcrypto where it is there, else Go.
	SignAuto      Signer = "auto"
	SignLibcrypto Signer = "libcrypto"
	SignGo        Signer = "go"
	// SignRelay leaves it to the relay.
	SignRelay Signer = "relay"
)

// Delivery says how mail leaves.
type Delivery struct {
	Mode Mode
	// Relay is host:port of the smart host.
	Relay string
	// Relays are further ones, used by weight beside the first, whose account and
	// protection they share.
	Relays        []Weighted
	RelayUser     string
	RelayPassword Secret
	RelayTLS      RelayTLS
	// Hostname is the name for EHLO; "" is the machine's own.
	Hostname string
	// Concurrency is how many connections may be open at once over all lanes, those not
	// counted that a person waits for; with a relay, to the relay.
	Concurrency int
	// Sources are the addresses to send from; none leaves the choice to the system.
	Sources []Source
	// ProfilesDir is a folder with the operator's own provider profiles, or "".
	ProfilesDir string
	// Signer is by what mail is signed.
	Signer Signer
	// Resolvers are the DNS servers to ask, host:port; none means the system's.
	Resolvers []string
	// Validating are those of them whose word on DNSSEC is believed.
	Validating []string
	// RequireTLS lists domains that get no mail in clear.
	RequireTLS []Encrypted
	// TLSReportFrom is the address that TLS reports come from; "" has them sent over
	// HTTPS only.
	TLSReportFrom string

	passwordFile string
}

// Inbound says where mail for us arrives: bounces, and refusals by reply. A way to it and
// Domain are set, or neither is: an address that nobody reads must not stand in a mail.
type Inbound struct {
	// Listen is where the SMTP server listens, host:port.
	Listen string
	// IMAP is the mailbox from which it is fetched.
	IMAP IMAP
	// Domain is the domain whose mail comes here.
	Domain string
}

// IMAPTLS is how the way to a mailbox is protected.
type IMAPTLS string

// The protections of a mailbox.
const (
	// IMAPImplicit begins with TLS.
	IMAPImplicit IMAPTLS = "implicit"
	// IMAPStartTLS changes to TLS before the password is sent.
	IMAPStartTLS IMAPTLS = "starttls"
	// IMAPOff is allowed for a server on this machine only.
	IMAPOff IMAPTLS = "off-loopback-only"
)

// IMAP is a mailbox on another server.
type IMAP struct {
	// Server is host:port, or "" for no mailbox.
	Server   string
	User     string
	Password Secret
	// Folder is the one that is emptied.
	Folder string
	TLS    IMAPTLS

	passwordFile string
}

// Hooks says which relays tell us about our messages, and how they prove themselves.
type Hooks struct {
	// Token is the secret end of the addresses that relays are given.
	Token Secret
	// SESTopics are the SNS topics that are believed, as ARNs.
	SESTopics []string
	// SendGridKey is the public key of the signed event webhook.
	SendGridKey string
	// MailgunKey is the signing key of the webhooks.
	MailgunKey Secret

	tokenFile, mailgunKeyFile string
}

// SetUp is the first-run wizard by flags and variables. It is checked by
// account.Book.SetUp, as the wizard is.
type SetUp struct {
	Lang          i18n.Lang
	WorkspaceName string
	Zone          string
	Label         account.Label
	FromName      string
	FromAddress   string
	AdminEmail    string
	AdminName     string
	AdminPassword Secret

	passwordFile string
}

// Wanted says whether a first run is to be done without the wizard: who sends and
// who signs in are both told.
func (s SetUp) Wanted() bool { return s.AdminEmail != "" && s.Label.LegalName != "" }

// Form is the set-up as account.Book.SetUp takes it.
func (s SetUp) Form() account.SetUp {
	return account.SetUp{
		Workspace: account.WorkspaceForm{Name: s.WorkspaceName, Label: s.Label, Lang: s.Lang, Zone: s.Zone},
		FromName:  s.FromName, FromAddress: s.FromAddress,
		AdminEmail: s.AdminEmail, AdminName: s.AdminName, AdminPassword: s.AdminPassword.Reveal(),
	}
}
