package inbound

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/catcher"
	"github.com/kyodaku/kyodaku/internal/fault"
)

// Refuser takes refusals that come by mail.
type Refuser interface {
	// RefuseByMail records the refusal that a token stands for and makes it
	// binding. A token that is not genuine is fault.Invalid; doing it again is no error.
	RefuseByMail(ctx context.Context, token string, now time.Time) error
}

// Bouncer takes reports about messages that could not be delivered.
type Bouncer interface {
	// Bounced is told of a failure for good. What is not believed is no error.
	Bounced(ctx context.Context, b Bounce, now time.Time) error
}

// Letterbox takes mail that people are to read: unsubscribe@, abuse@, postmaster@.
type Letterbox interface {
	// Keep stores a mail to one of the boxes that people read.
	Keep(ctx context.Context, box string, m catcher.Mail) error
}

// Config is what a Server is made of.
type Config struct {
	// Domain is our mail domain in ASCII; only its boxes are taken.
	Domain string
	// Hostname is the name in the greeting; empty is Domain.
	Hostname string
	Refuser  Refuser
	Bouncer  Bouncer
	// Letters keeps mail for people; nil refuses it, so that nothing is lost unread.
	Letters Letterbox
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

// accept judges a recipient before the mail is sent.
func (s *Server) accept(_, to string) error {
	b, err := s.box(to)
	if err != nil {
		return err
	}
	if b.kind == letters && s.c.Letters == nil {
		return errNoBox
	}
	return nil
}

// boxKind is what a box is for.
type boxKind uint8

const (
	refusals boxKind = iota
	bounces
	letters
)

// box is one of ours, with what stands behind its plus sign.
type box struct {
	kind boxKind
	rest string
}

// box reads a recipient. Names of boxes are compared without case, tokens with it.
func (s *Server) box(to string) (box, error) {
	at := strings.LastIndexByte(to, '@')
	if at < 1 || !strings.EqualFold(to[at+1:], s.c.Domain) {
		return box{}, errRelay
	}
	name, rest, plus := strings.Cut(to[:at], "+")
	switch name = strings.ToLower(name); {
	case plus && name == "u" && rest != "":
		return box{refusals, rest}, nil
	case plus && name == "b" && rest != "":
		return box{bounces, rest}, nil
	case !plus && (name == "unsubscribe" || name == "abuse" || name == "postmaster"):
		return box{letters, name}, nil
	}
	return box{}, errNoBox
}

// take works through all recipients of a mail. One that failed for a while has the
// whole mail sent again, which is harmless: saying no twice records it once.
func (s *Server) take(ctx context.Context, m catcher.Mail) error {
	ctx, cancel := context.WithTimeout(ctx, workTime)
	defer cancel()
	head := readHead(m.Data)
	if head.hops() > maxHops {
		return errLoop
	}
	var wrong error
	taken := false
	for _, to := range m.To {
		b, err := s.box(to)
		if err == nil {
			err = s.deliver(ctx, b, m, head)
		}
		reply, final := errors.AsType[*catcher.Reply](err)
		switch {
		case err == nil:
			taken = true
		case final && reply.Code >= 500:
			wrong = reply
		default:
			s.c.Log.ErrorContext(ctx, "a mail could not be taken", "error", err)
			return errBroken
		}
	}
	if taken {
		return nil
	}
	return wrong
}

func (s *Server) deliver(ctx context.Context, b box, m catcher.Mail, head header) error {
	switch b.kind {
	case refusals:
		return s.refuse(ctx, b.rest, m, head)
	case bounces:
		return s.bounce(ctx, b.rest, m, head)
	case letters:
	}
	if err := s.c.Letters.Keep(ctx, b.rest, m); err != nil {
		return fmt.Errorf("delivery: inbound: keep letter: %w", err)
	}
	return nil
}

// refuse takes a refusal. A bounce or an automatic reply is none (RFC 3834 2), but
// a program that presses the exit on somebody's behalf is.
func (s *Server) refuse(ctx context.Context, token string, m catcher.Mail, head header) error {
	if m.From == "" || head.autoReply() {
		s.c.Log.InfoContext(ctx, "an automatic reply to the exit was dropped")
		return nil
	}
	err := s.c.Refuser.RefuseByMail(ctx, token, m.ReceivedAt)
	if fault.Is(err, fault.Invalid) {
		return errNoBox
	}
	return err
}

// bounce takes a delivery report; anything else that comes to a return path is a
// machine's, and is dropped.
func (s *Server) bounce(ctx context.Context, message string, m catcher.Mail, head header) error {
	b, ok := readBounce(message, m.Data, head)
	if !ok {
		s.c.Log.InfoContext(ctx, "a mail to a return path says nothing final")
		return nil
	}
	return s.c.Bouncer.Bounced(ctx, b, m.ReceivedAt)
}
