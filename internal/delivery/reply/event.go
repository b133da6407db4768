package reply

import (
	"errors"

	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
)

// Event is what one attempt met.
type Event struct {
	// Stage is how far it got.
	Stage smtp.Stage
	// Kind is what went wrong.
	Kind smtp.Kind
	// Code is the server's three-digit code; 0 means that it said nothing.
	Code int
	// Enhanced is the RFC 3463 status such as "5.1.1", or empty.
	Enhanced string
	// Text is what the server wrote after the codes. It may hold personal data.
	Text string
	// Reset says that the connection was broken by a TCP RESET.
	Reset bool
	// Nth is which mail on the connection it was, from 1; 0 means not known.
	Nth int
}

// Met is the event of a delivery that smtp.Session.Deliver or smtp.Dial reports. An
// error that is not of smtp is ours, and so is nobody's fault out there.
func Met(res smtp.Result, err error, nth int) Event {
	e := Event{
		Stage: res.Stage, Kind: smtp.KindRefused, Code: res.Reply.Code,
		Enhanced: res.Reply.Enhanced, Text: res.Reply.Text, Reset: res.Reset, Nth: nth,
	}
	if err == nil {
		return e
	}
	var failed *smtp.Error
	if !errors.As(err, &failed) {
		e.Kind = smtp.KindUnusable
		return e
	}
	e.Stage, e.Kind = failed.Stage, failed.Kind
	e.Code, e.Enhanced, e.Text = failed.Reply.Code, failed.Reply.Enhanced, failed.Reply.Text
	e.Reset = e.Reset || failed.Kind == smtp.KindReset
	return e
}

// silent judges what was met without the server saying why.
func (r *Rules) silent(e Event) Verdict {
	switch e.Kind {
	case smtp.KindFence, smtp.KindCanceled, smtp.KindUnusable:
		return Verdict{}
	case smtp.KindTLS, smtp.KindAuth, smtp.KindProtocol:
		return Verdict{Blame: Protocol}
	case smtp.KindMessage:
		return Verdict{Blame: Protocol, Permanent: true}
	case smtp.KindUnsupported:
		return Verdict{Blame: Content, Permanent: true}
	}
	if r.resetIsRate && (e.Reset || e.Kind == smtp.KindReset) {
		return Verdict{Blame: Rate}
	}
	return Verdict{Blame: Receiver}
}
