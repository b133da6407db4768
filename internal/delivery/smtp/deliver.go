package smtp

import (
	"context"
	"errors"
	"time"
)

// codeGoAhead is the answer to DATA that asks for the message.
const codeGoAhead = 354

// lastWords is how long a server that broke off in the middle of a message is
// listened to for its reason.
const lastWords = time.Second

var (
	errNoFence  = errors.New("no fence: nothing may leave without one")
	errClosed   = errors.New("session is closed")
	errNo8Bit   = errors.New("message is 8-bit and the server does not offer 8BITMIME")
	errNoUTF8   = errors.New("mail needs SMTPUTF8 and the server does not offer it")
	errCut      = errors.New("the writing was cut off")
	errTooLarge = errors.New("message is larger than the server's SIZE")
)

// Deliver sends one mail to one recipient. The error is nil if and only if the
// server accepted it; otherwise it is an *Error. Result is complete in both cases,
// and Result.Uncertain tells the one that may not be resent blindly.
//
// When ctx ends the connection is dropped, also while the answer to the dot is
// awaited: to drain, stop giving mails and let this one finish.
func (s *Session) Deliver(ctx context.Context, env Envelope, body []byte, fence Fence) (Result, error) {
	res := Result{Stage: StageMail, TLS: s.tls, RemoteAddr: s.remote, Reused: s.sent > 0}
	err := s.transact(ctx, env, body, fence, &res)
	if err == nil {
		return res, nil
	}
	res.Stage, res.Reply = err.Stage, err.Reply
	res.Temporary = err.Temporary()
	res.Withheld = err.Kind == KindFence
	res.Reset = res.Reset || err.Kind == KindReset
	return res, err
}

func (s *Session) transact(ctx context.Context, env Envelope, body []byte, fence Fence, res *Result) *Error {
	if s.broken {
		return &Error{Stage: StageMail, Kind: KindUnusable, Err: errClosed}
	}
	if fence == nil {
		return &Error{Stage: StageMail, Kind: KindMessage, Err: errNoFence}
	}
	if err := s.admit(env, body); err != nil {
		return err
	}
	release := s.guard(ctx)
	defer release()
	if err := s.clear(ctx); err != nil {
		return err
	}
	if err := fence.BeforeMail(ctx); err != nil {
		return &Error{Stage: StageMail, Kind: KindFence, Err: err}
	}
	if s.chunks(len(body)) {
		return s.chunk(ctx, env, int64(len(body)), fence, res)
	}
	if err := s.envelope(ctx, env, int64(len(body))); err != nil {
		return err
	}
	return s.complete(ctx, fence, res)
}

// admit checks what this server cannot or must not be given.
func (s *Session) admit(env Envelope, body []byte) *Error {
	if err := env.check(); err != nil {
		return &Error{Stage: StageMail, Kind: KindMessage, Err: err}
	}
	if err := s.msg.load(body, s.chunks(len(body))); err != nil {
		return &Error{Stage: StageMail, Kind: KindMessage, Err: err}
	}
	var lacking error
	switch {
	case s.msg.eightBit && !s.ext.EightBit:
		lacking = errNo8Bit
	case env.SMTPUTF8 && !s.ext.SMTPUTF8:
		lacking = errNoUTF8
	case s.ext.Size > 0 && max(env.Size, int64(len(body))) > s.ext.Size:
		lacking = errTooLarge
	default:
		return nil
	}
	return &Error{Stage: StageMail, Kind: KindUnsupported, Err: lacking}
}

// clear resets a refused transaction where RSET cannot ride with the next MAIL.
func (s *Session) clear(ctx context.Context) *Error {
	if !s.dirty || s.ext.Pipelining {
		return nil
	}
	reply, err := s.ask(ctx, s.target.Timeouts.Hello, "RSET")
	return s.wasReset(ctx, reply, err)
}

// wasReset judges the answer to RSET.
func (s *Session) wasReset(ctx context.Context, reply Reply, err error) *Error {
	if err != nil {
		s.drop()
		return failure(ctx, StageMail, err)
	}
	if !reply.positive() {
		s.drop()
		return &Error{Stage: StageMail, Kind: KindClosed, Reply: reply, Err: errClosed}
	}
	s.dirty = false
	return nil
}

// complete asks the fence, writes the message with its dot and waits for the
// answer. It is entered when 354 was read.
func (s *Session) complete(ctx context.Context, fence Fence, res *Result) *Error {
	res.Stage = StageBeforeDot
	release, no := agreed(ctx, fence)
	if no != nil {
		s.drop()
		return no
	}
	if broke := s.write(ctx, release, res); broke != nil {
		return broke
	}
	reply, err := s.read(ctx, s.target.Timeouts.Dot)
	if err != nil {
		s.drop()
		return failure(ctx, StageAfterDot, err)
	}
	if !reply.positive() {
		if reply.Code < 400 {
			s.drop()
		}
		return refusal(StageAfterDot, reply)
	}
	res.Reply, res.Accepted = reply, true
	return nil
}

// agreed asks the fence for the last time; release is never nil when it agrees.
func agreed(ctx context.Context, fence Fence) (release func(), no *Error) {
	release, err := fence.BeforeDot(ctx)
	if err != nil {
		return nil, &Error{Stage: StageBeforeDot, Kind: KindFence, Err: err}
	}
	if release == nil {
		release = func() {}
	}
	return release, nil
}

// write puts the message on the wire, notes whether its end has left, and lets the
// fence go: from here the dot has left or never will, and nobody may cut any more.
func (s *Session) write(ctx context.Context, release func(), res *Result) *Error {
	n, err := s.writeMessage(ctx)
	res.DotSent = s.msg.hasDot(n)
	release()
	s.cut.Store(false)
	if err != nil {
		return s.cutShort(ctx, res, err)
	}
	res.Stage = StageAfterDot
	return nil
}

// cutShort is a connection that broke while the message was written. The server
// may have said why before it hung up.
func (s *Session) cutShort(ctx context.Context, res *Result, cause error) *Error {
	defer s.drop()
	stage := StageBeforeDot
	if res.DotSent {
		stage = StageAfterDot
	}
	e := failure(ctx, stage, cause)
	if reply, err := s.read(ctx, lastWords); err == nil && reply.Code >= 400 {
		e.Kind, e.Reply = KindRefused, reply
		res.Reset = isReset(cause)
	}
	return e
}
