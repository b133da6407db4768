package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"strings"
	"time"
)

// TLSPolicy says how much encryption a target must give.
type TLSPolicy uint8

// The policies. The zero value is what mail to strangers uses.
const (
	// TLSOpportunistic encrypts when the server offers it, whatever its
	// certificate, and goes on in clear when it does not or fails (RFC 7435).
	TLSOpportunistic TLSPolicy = iota
	// TLSEncrypted needs encryption, whatever the certificate.
	TLSEncrypted
	// TLSVerified needs encryption and a certificate valid for ServerName
	// (MTA-STS enforce, relays).
	TLSVerified
	// TLSNever does not ask for encryption.
	TLSNever
)

var policyNames = [...]string{"opportunistic", "encrypted", "verified", "never"}

// String returns the policy's stable name.
func (p TLSPolicy) String() string {
	if int(p) < len(policyNames) {
		return policyNames[p]
	}
	return "unknown"
}

// Auth is the account at a relay. It is sent only over TLS or to loopback.
type Auth struct {
	Username string
	Password string
}

// DialFunc opens a connection, as net.Dialer.DialContext does.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// Target is one server and the way to speak to it.
type Target struct {
	// Addr is host:port to connect to; for mail to strangers an IP address and 25.
	Addr string
	// ServerName is the name of the server for SNI and the certificate: the MX
	// host or the relay's name. Empty means the host of Addr.
	ServerName string
	// Hello is our name in EHLO: a full host name or an address literal.
	Hello string
	// TLS is the least that is accepted. A target with Auth that is not on
	// loopback is never opportunistic: it is raised to TLSVerified.
	TLS TLSPolicy
	// Policy names what decided TLS (DANE, MTA-STS …), for TLSState; may be empty.
	Policy string
	// TLSConfig is a template (roots, session cache, least version); nil is fine.
	TLSConfig *tls.Config
	// VerifyPeer judges the handshake beyond the policy (DANE); nil means no more.
	VerifyPeer func(tls.ConnectionState) error
	// Advise judges the handshake of a session that goes on whatever it says
	// (MTA-STS testing); its error stands in TLSState.Advice. nil means not to ask.
	Advise func(tls.ConnectionState) error
	// Tell is told once how each Dial ended. It must not wait; nil means that nobody
	// wants to know.
	Tell func(Dialled)
	// ImplicitTLS begins with the handshake, as on port 465 (RFC 8314).
	ImplicitTLS bool
	// Auth signs in to a relay; nil means not to.
	Auth *Auth
	// Dial opens the connection, for example from a chosen source address; nil
	// means a plain net.Dialer.
	Dial DialFunc
	// Chunking allows a message to follow its envelope at once (RFC 3030) where the
	// server offers it. It is for servers that are known to swallow the chunk when they
	// refuse the recipient: one that does not would take our text for commands.
	Chunking bool
	// Timeouts bound each wait; zero fields take DefaultTimeouts.
	Timeouts Timeouts
}

// Dialled is how one Dial ended.
type Dialled struct {
	// TLS is the state of a session that is ready; zero if there is none.
	TLS TLSState
	// Local is our address of the last connection; zero if there was none, or it was
	// not TCP.
	Local netip.Addr
	// Err is what Dial returned.
	Err error
}

// Timeouts bound the waits of a session.
type Timeouts struct {
	Connect   time.Duration // TCP connection
	Greeting  time.Duration // 220
	Hello     time.Duration // EHLO, RSET, AUTH and STARTTLS replies
	Handshake time.Duration // TLS handshake
	Mail      time.Duration // reply to MAIL FROM
	Rcpt      time.Duration // reply to RCPT TO
	Data      time.Duration // reply to DATA
	Block     time.Duration // each written block of the message
	Dot       time.Duration // reply to the final dot
	Quit      time.Duration // reply to QUIT
}

// DefaultTimeouts are those of RFC 5321 4.5.3.2. The ten minutes after the dot are
// not politeness: whoever gives up earlier makes duplicates.
func DefaultTimeouts() Timeouts {
	return Timeouts{
		Connect:   30 * time.Second,
		Greeting:  5 * time.Minute,
		Hello:     5 * time.Minute,
		Handshake: 30 * time.Second,
		Mail:      5 * time.Minute,
		Rcpt:      5 * time.Minute,
		Data:      2 * time.Minute,
		Block:     3 * time.Minute,
		Dot:       10 * time.Minute,
		Quit:      5 * time.Second,
	}
}

func (t Timeouts) orDefault() Timeouts {
	d := DefaultTimeouts()
	fields := [...][2]*time.Duration{
		{&t.Connect, &d.Connect},
		{&t.Greeting, &d.Greeting},
		{&t.Hello, &d.Hello},
		{&t.Handshake, &d.Handshake},
		{&t.Mail, &d.Mail},
		{&t.Rcpt, &d.Rcpt},
		{&t.Data, &d.Data},
		{&t.Block, &d.Block},
		{&t.Dot, &d.Dot},
		{&t.Quit, &d.Quit},
	}
	for _, f := range fields {
		if *f[0] <= 0 {
			*f[0] = *f[1]
		}
	}
	return t
}

var (
	errNoHello = errors.New("the EHLO name is empty or not a name")
	errNoAddr  = errors.New("the address is not host:port")
)

// complete checks a target and fills in what was left to defaults.
func (t Target) complete() (Target, error) {
	host, _, err := net.SplitHostPort(t.Addr)
	if err != nil || host == "" {
		return t, errNoAddr
	}
	if t.Hello == "" || strings.ContainsFunc(t.Hello, notGraphicASCII) {
		return t, errNoHello
	}
	if t.ServerName == "" {
		t.ServerName = host
	}
	t.ServerName = strings.TrimSuffix(t.ServerName, ".")
	if t.Dial == nil {
		t.Dial = new(net.Dialer).DialContext
	}
	t.Timeouts = t.Timeouts.orDefault()
	return t, nil
}

func notGraphicASCII(r rune) bool { return r <= ' ' || r >= 0x7f }
