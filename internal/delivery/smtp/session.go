package smtp

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Session is one connection that carries any number of mails, one after another.
// It is not safe for use by several goroutines at a time.
type Session struct {
	conn   net.Conn // what is read and written: TCP, or TLS over it
	raw    net.Conn // the TCP connection beneath
	in     *bufio.Reader
	out    []byte // commands on their way, reused
	msg    message
	target Target
	remote netip.AddrPort
	ext    Extensions
	tls    TLSState
	sent   int  // transactions begun
	dirty  bool // a transaction was refused half-way: RSET before the next
	broken bool // nothing may be sent any more
	// cut is set by CutWriting, from other goroutines.
	cut atomic.Bool
}

// blocks holds the buffers in which a message is joined for TLS.
//
//arch:shared thousands of idle sessions need no buffer of their own
var blocks = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// past is a deadline that makes every wait end at once.
var past = time.Unix(1, 0)

func newSession(conn net.Conn, t Target) *Session {
	s := &Session{conn: conn, raw: conn, in: bufio.NewReaderSize(conn, maxReplyLine), target: t, tls: TLSState{Policy: t.Policy}}
	if a, ok := conn.RemoteAddr().(*net.TCPAddr); ok {
		s.remote = a.AddrPort()
	}
	return s
}

// RemoteAddr is the server's address; the zero value if it is not TCP.
func (s *Session) RemoteAddr() netip.AddrPort { return s.remote }

// TLS is the protection of the session.
func (s *Session) TLS() TLSState { return s.tls }

// Extensions are what the server offered in its last EHLO.
func (s *Session) Extensions() Extensions { return s.ext }

// Transactions counts the mails for which MAIL FROM was written, for receivers
// that limit them by connection.
func (s *Session) Transactions() int { return s.sent }

// Usable says whether another mail may be tried: nothing broke, and the server
// neither closed the connection nor said anything while it was idle. It costs one
// system call and never waits.
func (s *Session) Usable() bool {
	if s.broken || s.in.Buffered() > 0 {
		return false
	}
	c, ok := s.raw.(syscall.Conn)
	if !ok {
		return true
	}
	// An old deadline would look like a dead connection.
	if s.raw.SetReadDeadline(time.Time{}) != nil || !alive(c) {
		s.drop()
		return false
	}
	return true
}

// Quit ends the session politely and closes the connection. It waits for the
// server's answer as long as Timeouts.Quit.
func (s *Session) Quit(ctx context.Context) error {
	if s.broken {
		return nil
	}
	release := s.guard(ctx)
	defer release()
	defer s.drop()
	s.out = append(s.out[:0], "QUIT\r\n"...)
	quit := s.target.Timeouts.Quit
	if err := s.flush(ctx, quit); err != nil {
		return failure(ctx, StageConnect, err)
	}
	if _, err := s.read(ctx, quit); err != nil {
		return failure(ctx, StageConnect, err)
	}
	return nil
}

// Close drops the connection without a word.
func (s *Session) Close() error {
	s.drop()
	return nil
}

// CutWriting ends the writing of a message whose dot has not left, for a refusal
// that cannot wait; an answer to a dot that has is still awaited. It is the one
// method that other goroutines may call, between Fence.BeforeDot and release.
func (s *Session) CutWriting() {
	s.cut.Store(true)
	_ = s.raw.SetWriteDeadline(past) // a closed connection is cut already
}

// drop makes sure that nothing leaves any more. What closing could still report
// changes nothing for anybody.
func (s *Session) drop() {
	s.broken = true
	_ = s.raw.Close()
}

// guard makes every wait end when ctx does. The returned function takes the guard
// away again.
func (s *Session) guard(ctx context.Context) (release func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	stop := context.AfterFunc(ctx, func() { _ = s.raw.SetDeadline(past) })
	return func() {
		if !stop() {
			// The deadline may be set at any later moment: no wait is safe here.
			s.drop()
		}
	}
}

// arm sets the deadline of the next wait. It looks at the context after setting,
// so that an ending that came in between is not overwritten.
func (s *Session) arm(ctx context.Context, wait time.Duration) error {
	if err := s.raw.SetDeadline(time.Now().Add(wait)); err != nil {
		return err
	}
	return ctx.Err()
}

// flush writes the collected commands in one go.
func (s *Session) flush(ctx context.Context, wait time.Duration) error {
	if err := s.arm(ctx, wait); err != nil {
		return err
	}
	_, err := s.conn.Write(s.out)
	s.out = s.out[:0]
	return err
}

// read reads one reply. The wait bounds the whole reply, so that a server which
// drips octets gains nothing. After 421 the session is over.
func (s *Session) read(ctx context.Context, wait time.Duration) (Reply, error) {
	if err := s.arm(ctx, wait); err != nil {
		return Reply{}, err
	}
	reply, err := readReply(s.in)
	if err == nil && reply.Code == codeClosing {
		s.drop()
	}
	return reply, err
}

// ask writes one command and reads its reply.
func (s *Session) ask(ctx context.Context, wait time.Duration, command string) (Reply, error) {
	s.out = append(append(s.out[:0], command...), "\r\n"...)
	if err := s.flush(ctx, wait); err != nil {
		return Reply{}, err
	}
	return s.read(ctx, wait)
}

// writeMessage writes the loaded message, block by block, and returns how many
// octets the kernel took.
func (s *Session) writeMessage(ctx context.Context) (int64, error) {
	var sent int64
	for len(s.msg.rest) > 0 {
		if err := s.arm(ctx, s.target.Timeouts.Block); err != nil {
			return sent, err
		}
		if s.cut.Load() { // looked at after arming, which may have undone its deadline
			return sent, errCut
		}
		n, err := s.writeBlock(s.msg.block())
		sent += n
		if err != nil {
			return sent, err
		}
	}
	return sent, nil
}

// writeBlock writes segments with one writev; over TLS they are joined first, to
// fill its records.
func (s *Session) writeBlock(b net.Buffers) (int64, error) {
	if !s.tls.Active {
		return b.WriteTo(s.conn)
	}
	joined, ok := blocks.Get().(*bytes.Buffer)
	if !ok {
		joined = new(bytes.Buffer)
	}
	defer blocks.Put(joined)
	joined.Reset()
	for _, p := range b {
		joined.Write(p)
	}
	n, err := s.conn.Write(joined.Bytes())
	return int64(n), err
}

// encrypt puts TLS between the session and its connection.
func (s *Session) encrypt(ctx context.Context) error {
	if s.in.Buffered() > 0 {
		// Words said in clear must not count as said under TLS (CVE-2011-0411).
		return fmt.Errorf("%w: words after the answer to STARTTLS", errProtocol)
	}
	if err := s.arm(ctx, s.target.Timeouts.Handshake); err != nil {
		return err
	}
	conn := tls.Client(s.raw, s.target.tlsConfig())
	if err := conn.HandshakeContext(ctx); err != nil {
		return err
	}
	state := conn.ConnectionState()
	if verify := s.target.VerifyPeer; verify != nil {
		if err := verify(state); err != nil {
			return err
		}
	}
	s.conn = conn
	s.in.Reset(conn)
	s.tls = TLSState{
		Policy: s.target.Policy, Active: true, Version: state.Version, CipherSuite: state.CipherSuite,
		Verified: s.target.TLS == TLSVerified || s.target.VerifyPeer != nil,
	}
	if advise := s.target.Advise; advise != nil {
		s.tls.Advice = advise(state)
	}
	return nil
}
