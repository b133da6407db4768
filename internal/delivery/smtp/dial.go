package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
)

// ErrNotOffered is the cause of KindTLS where the server knows no STARTTLS.
var ErrNotOffered = errors.New("the server does not offer STARTTLS")

var (
	errClearAuth   = errors.New("the password is not sent without TLS")
	errNoMechanism = errors.New("the server offers neither AUTH PLAIN nor LOGIN")
)

// Dial opens a session: connection, greeting, EHLO, encryption as the policy says,
// and AUTH if the target has an account. Where encryption is only opportunistic
// and breaks, it connects once more in clear; Session.TLS().Broken says why. An
// error is always an *Error with a stage before StageMail.
func Dial(ctx context.Context, t Target) (*Session, error) {
	t, err := t.complete()
	if err != nil {
		return nil, &Error{Stage: StageConnect, Kind: KindMessage, Err: err}
	}
	if t.Tell == nil {
		return openOrClear(ctx, t)
	}
	return openAndTell(ctx, t)
}

func openAndTell(ctx context.Context, t Target) (*Session, error) {
	var end Dialled
	dial := t.Dial
	t.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		if a, ok := conn.LocalAddr().(*net.TCPAddr); ok {
			end.Local = a.AddrPort().Addr().Unmap()
		}
		return conn, nil
	}
	s, err := openOrClear(ctx, t)
	if end.Err = err; err == nil {
		end.TLS = s.tls
	}
	t.Tell(end)
	return s, err
}

// openOrClear connects, and once more without encryption where that broke and was
// not demanded.
func openOrClear(ctx context.Context, t Target) (*Session, error) {
	s, err := open(ctx, t)
	if err == nil || !brokeTLS(err) || !t.mayGoClear() || ctx.Err() != nil {
		return s, err
	}
	t.TLS = TLSNever
	clear, clearErr := open(ctx, t)
	if clearErr != nil {
		return nil, clearErr
	}
	clear.tls.Broken = err
	return clear, nil
}

// mayGoClear says whether broken encryption may be answered by none.
func (t Target) mayGoClear() bool {
	return t.TLS == TLSOpportunistic && !t.ImplicitTLS && t.Auth == nil
}

func brokeTLS(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Stage == StageTLS
}

// open connects once.
func open(ctx context.Context, t Target) (*Session, error) {
	conn, err := connect(ctx, t)
	if err != nil {
		return nil, failure(ctx, StageConnect, err)
	}
	s := newSession(conn, t)
	if t.Auth != nil && t.TLS == TLSOpportunistic && !s.loopback() {
		s.target.TLS = TLSVerified
	}
	release := s.guard(ctx)
	err = s.start(ctx)
	release()
	if err != nil {
		s.drop()
		return nil, err
	}
	if s.broken {
		return nil, failure(ctx, StageHello, net.ErrClosed)
	}
	return s, nil
}

func connect(ctx context.Context, t Target) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, t.Timeouts.Connect)
	defer cancel()
	return t.Dial(ctx, "tcp", t.Addr)
}

// start speaks everything that comes before the first MAIL.
func (s *Session) start(ctx context.Context) error {
	if s.target.ImplicitTLS {
		if err := s.encrypt(ctx); err != nil {
			return s.tlsFailure(ctx, err)
		}
	}
	reply, err := s.read(ctx, s.target.Timeouts.Greeting)
	if err != nil {
		return failure(ctx, StageConnect, err)
	}
	if !reply.positive() {
		return refusal(StageConnect, reply)
	}
	if err := s.hello(ctx); err != nil {
		return err
	}
	if err := s.startTLS(ctx); err != nil {
		return err
	}
	return s.authenticate(ctx)
}

// startTLS brings the session to what the policy asks for.
func (s *Session) startTLS(ctx context.Context) error {
	if s.tls.Active || s.target.TLS == TLSNever {
		return nil
	}
	needed := s.target.TLS != TLSOpportunistic
	if !s.ext.StartTLS {
		if needed {
			return &Error{Stage: StageTLS, Kind: KindTLS, Err: ErrNotOffered}
		}
		return nil
	}
	reply, err := s.ask(ctx, s.target.Timeouts.Hello, "STARTTLS")
	switch {
	case err != nil:
		return failure(ctx, StageTLS, err)
	case !reply.positive() && (needed || s.broken):
		return &Error{Stage: StageTLS, Kind: KindTLS, Reply: reply}
	case !reply.positive():
		s.tls.Broken = refusal(StageTLS, reply)
		return nil
	}
	if err := s.encrypt(ctx); err != nil {
		return s.tlsFailure(ctx, err)
	}
	// What was said in clear is forgotten (RFC 3207 4.2).
	if err := s.hello(ctx); err != nil {
		if e, ok := errors.AsType[*Error](err); ok {
			e.Stage = StageTLS
		}
		return err
	}
	return nil
}

func (s *Session) tlsFailure(ctx context.Context, err error) *Error {
	e := failure(ctx, StageTLS, err)
	if e.Kind == KindNetwork || e.Kind == KindProtocol {
		e.Kind = KindTLS
	}
	return e
}

// tlsConfig is the caller's template with what the policy adds.
func (t Target) tlsConfig() *tls.Config {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if t.TLSConfig != nil {
		c = t.TLSConfig.Clone()
	} else if t.TLS == TLSOpportunistic {
		// Old encryption is better than the clear text it would fall back to.
		c.MinVersion = tls.VersionTLS10
	}
	c.ServerName = t.ServerName
	c.InsecureSkipVerify = t.TLS != TLSVerified
	c.DynamicRecordSizingDisabled = true
	return c
}

// loopback says whether the server is on this machine.
func (s *Session) loopback() bool {
	return s.remote != netip.AddrPort{} && s.remote.Addr().Unmap().IsLoopback()
}

// authErr is a failure of StageAuth that no reply caused.
func authErr(err error) *Error {
	return &Error{Stage: StageAuth, Kind: KindAuth, Err: fmt.Errorf("account: %w", err)}
}
