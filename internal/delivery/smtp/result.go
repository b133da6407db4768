package smtp

import (
	"context"
	"crypto/tls"
	"net/netip"
)

// Envelope is who sends to whom.
type Envelope struct {
	// From is the return path in wire form; empty is the null sender of bounces.
	From string
	// To is the one recipient in wire form.
	To string
	// SMTPUTF8 asks for RFC 6531: the addresses or the headers are not ASCII.
	SMTPUTF8 bool
	// Size is what SIZE= declares, in octets; 0 means the length of the body.
	Size int64
}

// Fence is asked at the two moments after which a refusal would come too late. The
// client calls it at exactly those moments and obeys.
type Fence interface {
	// BeforeMail is called before MAIL FROM is written. An error ends the delivery
	// with nothing sent; the session stays usable.
	BeforeMail(ctx context.Context) error
	// BeforeDot is called when the server answered 354 and before one byte of the
	// message is written. An error drops the connection, so that the mail is never
	// completed. Otherwise release is called once, as soon as the dot has left or
	// never will; until then a refusal must wait for it. release may be nil.
	BeforeDot(ctx context.Context) (release func(), err error)
}

// TLSState says how a session is protected.
type TLSState struct {
	// Policy is Target.Policy: what asked for this protection.
	Policy string
	// Active is true if the session is encrypted.
	Active bool
	// Version and CipherSuite are those of crypto/tls.
	Version     uint16
	CipherSuite uint16
	// Verified is true if the certificate was checked: by name, or by VerifyPeer.
	Verified bool
	// Broken is why an offered encryption failed before the session went on in
	// clear, or nil. TLS reports (RFC 8460) want it.
	Broken error
	// Advice is what Target.Advise had against the certificate, or nil.
	Advice error
}

// String returns "none", or version and cipher.
func (t TLSState) String() string {
	if !t.Active {
		return "none"
	}
	return tls.VersionName(t.Version) + " " + tls.CipherSuiteName(t.CipherSuite)
}

// Result is how far one mail got. It is complete whether or not there is an error.
type Result struct {
	// Stage is the last stage that was reached.
	Stage Stage
	// Reply is the answer that decided: of the dot, or of the command that was
	// refused. Code 0 means there was none.
	Reply Reply
	// Accepted is true if the server took responsibility with a 2xx to the dot.
	Accepted bool
	// DotSent is true if and only if the final dot was handed to the kernel.
	DotSent bool
	// Temporary is true if the mail was not accepted and may be later.
	Temporary bool
	// Withheld is true if the fence said no.
	Withheld bool
	// Reset is true if the server broke the connection with a TCP RESET.
	Reset bool
	// Reused is true if the session had carried a transaction before: a session
	// that died idle shows as a failed MAIL here, and a new one may be tried at once.
	Reused bool
	// TLS is the protection of the session.
	TLS TLSState
	// RemoteAddr is the server's address; the zero value if it is not TCP.
	RemoteAddr netip.AddrPort
}

// Uncertain says whether the server may or may not have taken the mail: the dot
// left and no final answer to it was understood.
func (r Result) Uncertain() bool {
	return r.DotSent && !r.Accepted && r.Reply.Code < 400
}
