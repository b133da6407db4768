package smtp

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
)

// Stage is how far a connection or a transaction got.
type Stage uint8

// The stages in their order.
const (
	StageConnect   Stage = iota // TCP connection and greeting
	StageHello                  // EHLO or HELO
	StageTLS                    // STARTTLS and the handshake
	StageAuth                   // AUTH
	StageMail                   // MAIL FROM (and the RSET before it)
	StageRcpt                   // RCPT TO
	StageData                   // DATA
	StageBeforeDot              // 354 was read; the dot has not left
	StageAfterDot               // the dot has left
)

var stageNames = [...]string{"connect", "ehlo", "tls", "auth", "mail", "rcpt", "data", "before_dot", "after_dot"}

// String returns the stage's stable name.
func (s Stage) String() string {
	if int(s) < len(stageNames) {
		return stageNames[s]
	}
	return "unknown"
}

// Kind is what went wrong.
type Kind uint8

// The kinds.
const (
	KindNetwork     Kind = iota // no connection, or it broke in some other way
	KindRefused                 // the server answered 4xx or 5xx; see Reply
	KindClosed                  // the server hung up
	KindReset                   // TCP RESET; some receivers throttle so
	KindTimeout                 // a wait ran out
	KindProtocol                // the server's words made no sense
	KindTLS                     // encryption was needed and failed, or is not offered
	KindAuth                    // the account may not or cannot be used here
	KindUnsupported             // the server lacks an extension, or the size, that this mail needs
	KindMessage                 // the message or its envelope may not go on a wire at all
	KindFence                   // the fence withheld the mail
	KindCanceled                // the context ended
	KindUnusable                // the session was closed or broken before
)

var kindNames = [...]string{
	"network", "refused", "closed", "reset", "timeout", "protocol", "tls", "auth",
	"unsupported", "message", "fence", "canceled", "unusable",
}

// String returns the kind's stable name.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// Error is why a session or a delivery failed. Its text may hold the receiver's
// words and so personal data: keep it with the attempt, not in a log.
type Error struct {
	Stage Stage
	Kind  Kind
	// Reply is the server's answer, with Code 0 if there was none.
	Reply Reply
	// Err is the cause: of the network, or what the fence returned; may be nil.
	Err error
}

// Error returns stage, kind and cause in English.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("smtp: " + e.Stage.String() + ": " + e.Kind.String())
	if e.Reply.Code != 0 {
		b.WriteString(": " + e.Reply.String())
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Temporary says whether the same mail may be taken later, here or elsewhere. What
// fails before MAIL says nothing about a recipient (a wrong relay password must
// not bounce anybody), so only a 5xx from MAIL on, and a mail that cannot be
// carried, are permanent.
func (e *Error) Temporary() bool {
	switch e.Kind {
	case KindRefused:
		return e.Stage < StageMail || e.Reply.Code < 500
	case KindMessage, KindUnsupported:
		return false
	default:
		return true
	}
}

// errProtocol is the cause of KindProtocol.
var errProtocol = errors.New("unintelligible reply")

// failure classifies an error of the connection.
func failure(ctx context.Context, stage Stage, err error) *Error {
	e := &Error{Stage: stage, Kind: KindNetwork, Err: err}
	switch {
	case ctx.Err() != nil:
		e.Kind, e.Err = KindCanceled, context.Cause(ctx)
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		e.Kind = KindTimeout
	case isReset(err):
		e.Kind = KindReset
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		e.Kind = KindClosed
	case errors.Is(err, errProtocol):
		e.Kind = KindProtocol
	}
	return e
}

// isReset recognises a RST, also when it is only seen by the next write.
func isReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// refusal is the error of a reply that was not the hoped-for one.
func refusal(stage Stage, r Reply) *Error {
	if r.Code >= 400 {
		return &Error{Stage: stage, Kind: KindRefused, Reply: r}
	}
	return &Error{Stage: stage, Kind: KindProtocol, Reply: r, Err: errProtocol}
}
