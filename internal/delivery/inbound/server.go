package inbound

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/bounce"
	"github.com/kyodaku/kyodaku/internal/delivery/catcher"
	"github.com/kyodaku/kyodaku/internal/keyring"
)

// Refuser takes refusals that come by mail.
type Refuser interface {
	// RefuseByMail records the refusal that a token stands for and makes it
	// binding. A token that is not genuine is fault.Invalid; doing it again is no error.
	RefuseByMail(ctx context.Context, token string, now time.Time) error
}

// Reporter takes what came back about messages.
type Reporter interface {
	// Returned is told of a bounce or a complaint, with the message that it is proven
	// to be about. What means nothing for the address is no error.
	Returned(ctx context.Context, message int64, m bounce.Message, now time.Time) error
}

// Wisher takes refusals that bring no token.
type Wisher interface {
	// Refuse stops everything to the author in a workspace, or in all if that is 0. It is
	// false if the author cannot be believed or is not known.
	Refuse(ctx context.Context, workspace int64, from string, mail []byte, now time.Time) (bool, error)
}

// Post hands mail to the people behind the system.
type Post interface {
	// Box is the workspace whose people read what comes to an address of ours: the From
	// or Reply-To of one of its sender profiles. It is false for an address of nobody.
	Box(ctx context.Context, address string) (workspace int64, ok bool, err error)
	// Forward stores a mail on its way to a workspace's people; 0 is the installation's
	// own. It is fault.NotFound if they have no address to read it at.
	Forward(ctx context.Context, workspace int64, m catcher.Mail) error
}

// Config is what a Server is made of.
type Config struct {
	// Domain is our mail domain in ASCII; only its boxes are taken.
	Domain string
	// Hostname is the name in the greeting; empty is Domain.
	Hostname string
	Ring     *keyring.Ring
	Refuser  Refuser
	Reports  Reporter
	// Wishes takes refusals without a token; nil leaves them to people.
	Wishes Wisher
	// Post brings mail to people; nil refuses what is for them, so that nothing is lost
	// unread.
	Post Post
	// TLS offers STARTTLS, if set.
	TLS *tls.Config
	// Log notes what was taken, without addresses.
	Log   *slog.Logger
	Clock func() time.Time
}

// maxSize is the largest mail taken, in octets: a bounce may bring the whole
// message back.
const maxSize = 8 << 20

// workTime bounds what one mail may take to be made durable; senders wait ten
// minutes for the answer to the dot (RFC 5321 4.5.3.2.6).
const workTime = time.Minute

// Server listens for mail.
type Server struct {
	c     Config
	inner *catcher.Server
}

// New makes a server that does not listen yet.
func New(c Config) *Server {
	s := &Server{c: c}
	s.c.Domain = strings.ToLower(strings.TrimSuffix(c.Domain, "."))
	if c.Hostname == "" {
		c.Hostname = s.c.Domain
	}
	s.inner = catcher.New(catcher.Config{
		Hostname: c.Hostname, MaxSize: maxSize, Keep: s.take, Accept: s.accept, TLS: c.TLS, Log: c.Log, Clock: c.Clock,
	})
	return s
}

// Listen opens the address and serves until Close.
func (s *Server) Listen(address string) error { return s.inner.Listen(address) }

// Addr is host:port of the open listener, or empty.
func (s *Server) Addr() string { return s.inner.Addr() }

// Close hangs up on everybody, and waits for mails that are just being taken.
func (s *Server) Close() error { return s.inner.Close() }

// The replies. They are the same for every reason, so that nobody learns anything.
var (
	errNoBox  = &catcher.Reply{Code: 550, Enhanced: [3]int{5, 1, 1}, Text: "no such box"}
	errRelay  = &catcher.Reply{Code: 550, Enhanced: [3]int{5, 7, 1}, Text: "relaying denied"}
	errLoop   = &catcher.Reply{Code: 554, Enhanced: [3]int{5, 4, 6}, Text: "routing loop detected"}
	errBroken = &catcher.Reply{Code: 451, Enhanced: [3]int{4, 3, 0}, Text: "try again later"}
)

// lookTime bounds how long judging a recipient may take.
const lookTime = 10 * time.Second

// accept judges a recipient before the mail is sent.
func (s *Server) accept(_, to string) error {
	ctx, cancel := context.WithTimeout(context.Background(), lookTime)
	defer cancel()
	_, err := s.box(ctx, to)
	return err
}

// take works through all recipients of a mail. One that failed for a while has the
// whole mail sent again, which is harmless: saying no twice records it once.
func (s *Server) take(ctx context.Context, m catcher.Mail) error {
	err := s.Take(ctx, m)
	if _, final := errors.AsType[*catcher.Reply](err); err == nil || final {
		return err
	}
	s.c.Log.ErrorContext(ctx, "a mail could not be taken", "error", err)
	return errBroken
}

// Take acts on a mail to our boxes, however it came. nil means that it was taken: what
// it says is durable and binding. A *catcher.Reply says that it will never be; with any
// other error it should be brought again.
func (s *Server) Take(ctx context.Context, m catcher.Mail) error {
	ctx, cancel := context.WithTimeout(ctx, workTime)
	defer cancel()
	l := letter{Mail: m, head: readHead(m.Data)}
	if l.head.hops() > maxHops {
		return errLoop
	}
	// As every last server does (RFC 5321 4.4): where a report comes from is part of it.
	l.said = bounce.Parse(append([]byte("Return-Path: <"+m.From+">\r\n"), m.Data...))
	var wrong error
	taken := false
	for _, to := range m.To {
		b, err := s.box(ctx, to)
		if err == nil {
			err = s.deliver(ctx, b, l)
		}
		_, final := errors.AsType[*catcher.Reply](err)
		switch {
		case err == nil:
			taken = true
		case final:
			wrong = err
		default:
			return err
		}
	}
	if taken {
		return nil
	}
	return wrong
}
