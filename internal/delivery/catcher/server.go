package catcher

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// Limits of a session; a catcher is not for the open Internet.
const (
	defaultMaxSize = 32 << 20
	maxRecipients  = 100
	idleTimeout    = 10 * time.Minute
)

var errClosing = errors.New("catcher is closing")

// Mail is one caught message.
type Mail struct {
	// From is the return path, empty for bounces; To are the recipients, at least one.
	From string
	To   []string
	// Data is the message with CRLF line ends and without dot stuffing.
	Data []byte
	// ReceivedAt is when the final dot was read.
	ReceivedAt time.Time
	// Encrypted is true if it came over TLS.
	Encrypted bool
}

// Config says what to do with mail.
type Config struct {
	// Hostname is the name in the greeting; empty means localhost.
	Hostname string
	// MaxSize is the largest message in octets; 0 means 32 MiB.
	MaxSize int64
	// Keep stores a mail. nil answers 250, a *Reply is answered as it is, and any
	// other error 451. It is called by many goroutines.
	Keep func(ctx context.Context, m Mail) error
	// Accept judges a recipient; nil takes all. Errors are answered as with Keep.
	Accept func(from, to string) error
	// TLS offers STARTTLS, if set.
	TLS *tls.Config
	// Log notes mails that could not be kept, without addresses; nil means not to.
	Log *slog.Logger
	// Clock tells the time; nil means time.Now.
	Clock func() time.Time
}

// Reply is an error that is answered word by word.
type Reply struct {
	Code     int    // 4xx or 5xx
	Enhanced [3]int // RFC 3463
	Text     string // ASCII, one line
}

// Error returns the reply as it goes out.
func (r *Reply) Error() string {
	return fmt.Sprintf("%d %d.%d.%d %s", r.Code, r.Enhanced[0], r.Enhanced[1], r.Enhanced[2], r.Text)
}

// Server catches mail.
type Server struct {
	config  Config
	inner   *smtp.Server
	ln      net.Listener
	ctx     context.Context // of the keeper's work
	cancel  context.CancelFunc
	serving sync.WaitGroup
	mu      sync.Mutex // guards closed against keeping.Add
	closed  bool
	keeping sync.WaitGroup
}

// New makes a server that does not listen yet. Config.Keep must be set.
func New(c Config) *Server {
	if c.MaxSize <= 0 {
		c.MaxSize = defaultMaxSize
	}
	if c.Hostname == "" {
		c.Hostname = "localhost"
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{config: c}
	s.inner = smtp.NewServer(smtp.BackendFunc(s.session))
	s.inner.Domain = c.Hostname
	s.inner.MaxMessageBytes = c.MaxSize
	s.inner.MaxRecipients = maxRecipients
	s.inner.ReadTimeout, s.inner.WriteTimeout = idleTimeout, idleTimeout
	s.inner.EnableSMTPUTF8 = true
	s.inner.TLSConfig = c.TLS
	s.inner.ErrorLog = quiet{c.Log}
	return s
}

// Listen opens the address (port 0 finds a free one) and serves until Close.
func (s *Server) Listen(addr string) error {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("delivery: catcher: %w", err)
	}
	s.ln = ln
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.serving.Go(func() {
		if err := s.inner.Serve(ln); err != nil && !errors.Is(err, smtp.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			s.config.Log.Error("mail catcher stopped", "error", err)
		}
	})
	return nil
}

// Addr is host:port of the open listener, or empty.
func (s *Server) Addr() string {
	if s.ln == nil {
		return ""
	}
	return s.ln.Addr().String()
}

// Close hangs up on everybody, and waits for mails that are just being kept.
func (s *Server) Close() error {
	s.mu.Lock()
	again := s.closed
	s.closed = true
	s.mu.Unlock()
	if again || s.ln == nil {
		return nil
	}
	s.cancel()
	err := s.inner.Close()
	// A server that is closed before it began to serve does not know the listener yet.
	if again := s.ln.Close(); again != nil && !errors.Is(again, net.ErrClosed) {
		err = errors.Join(err, again)
	}
	s.serving.Wait()
	s.keeping.Wait()
	if err != nil && !errors.Is(err, smtp.ErrServerClosed) {
		return fmt.Errorf("delivery: catcher: %w", err)
	}
	return nil
}

func (s *Server) session(c *smtp.Conn) (smtp.Session, error) {
	_, encrypted := c.TLSConnectionState()
	return &session{server: s, encrypted: encrypted}, nil
}

// keep hands a mail to the keeper unless the server is closing.
func (s *Server) keep(m Mail) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return errClosing
	}
	s.keeping.Add(1)
	s.mu.Unlock()
	defer s.keeping.Done()
	return s.config.Keep(s.ctx, m)
}

// session is one client between EHLO and its end.
type session struct {
	server    *Server
	encrypted bool
	from      string
	to        []string
}

func (s *session) Reset()        { s.from, s.to = "", nil }
func (s *session) Logout() error { return nil }

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.from, s.to = from, nil
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if accept := s.server.config.Accept; accept != nil {
		if err := accept(s.from, to); err != nil {
			return answer(err)
		}
	}
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m := Mail{From: s.from, To: slices.Clone(s.to), Data: data, ReceivedAt: s.server.config.Clock(), Encrypted: s.encrypted}
	if err := s.server.keep(m); err != nil {
		s.server.config.Log.Warn("caught mail was not kept", "error", err)
		return answer(err)
	}
	return nil
}

// answer turns an error into a reply.
func answer(err error) error {
	if r, ok := errors.AsType[*Reply](err); ok {
		return &smtp.SMTPError{Code: r.Code, EnhancedCode: smtp.EnhancedCode(r.Enhanced), Message: r.Text}
	}
	return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "try again later"}
}

// quiet carries the library's complaints to the log.
type quiet struct{ log *slog.Logger }

func (q quiet) Printf(format string, v ...any) {
	q.log.Debug("mail catcher session", "complaint", fmt.Sprintf(format, v...))
}

func (q quiet) Println(v ...any) {
	q.log.Debug("mail catcher session", "complaint", fmt.Sprintln(v...))
}
