package inbound

import (
	"context"
	"strings"

	"github.com/kyodaku/kyodaku/internal/delivery/bounce"
	"github.com/kyodaku/kyodaku/internal/delivery/catcher"
	"github.com/kyodaku/kyodaku/internal/fault"
)

// boxKind is what a box is for.
type boxKind uint8

const (
	refusals boxKind = iota // u+token: the exit of a message
	returns                 // b+mark: the return path of a message
	reports                 // fbl, abuse: complaints by providers
	office                  // postmaster, unsubscribe: people, and wishes
	answers                 // the From or Reply-To of a sender
)

// box is one of ours.
type box struct {
	kind boxKind
	// token is what stands behind the plus of an exit.
	token string
	// message is whose return path it is.
	message int64
	// workspace is whose people read it; 0 for the boxes of the installation.
	workspace int64
}

// box reads a recipient. Names of boxes are compared without case, tokens with it. A
// mark that is not genuine is no box of ours.
func (s *Server) box(ctx context.Context, to string) (box, error) {
	at := strings.LastIndexByte(to, '@')
	if at < 1 || !strings.EqualFold(to[at+1:], s.c.Domain) {
		return box{}, errRelay
	}
	name, rest, plus := strings.Cut(to[:at], "+")
	switch name = strings.ToLower(name); {
	case plus && name == "u" && rest != "":
		return box{kind: refusals, token: rest}, nil
	case plus && name == "b":
		if id, ok := s.c.Ring.VerifyReturn(rest); ok {
			return box{kind: returns, message: id}, nil
		}
		return box{}, errNoBox
	case !plus && name == "fbl":
		return box{kind: reports}, nil
	case s.c.Post == nil:
		return box{}, errNoBox
	case !plus && name == "abuse":
		return box{kind: reports}, nil
	case !plus && (name == "unsubscribe" || name == "postmaster"):
		return box{kind: office}, nil
	}
	workspace, ok, err := s.c.Post.Box(ctx, to)
	if err == nil && !ok {
		err = errNoBox
	}
	return box{kind: answers, workspace: workspace}, err
}

// letter is a mail on its way into a box, with what it says.
type letter struct {
	catcher.Mail
	head header
	said bounce.Message
}

// machine says whether a mail is of a kind that no person wrote.
func (l letter) machine() bool {
	switch l.said.Kind {
	case bounce.Bounce, bounce.Delay, bounce.Success, bounce.AutoReply, bounce.Challenge, bounce.Notice:
		return true
	case bounce.Ordinary, bounce.Complaint, bounce.Unsubscribe:
	}
	return l.From == "" || l.head.autoReply() || l.head.ours()
}

func (s *Server) deliver(ctx context.Context, b box, l letter) error {
	switch b.kind {
	case refusals:
		return s.refuse(ctx, b.token, l)
	case returns:
		return s.returned(ctx, b.message, l)
	case reports, office, answers:
	}
	now := l.ReceivedAt
	if l.said.Kind == bounce.Bounce || l.said.Kind == bounce.Complaint {
		if id := s.proven(l.said.Original, now); id != 0 {
			return s.c.Reports.Returned(ctx, id, l.said, now)
		}
		if l.said.Kind == bounce.Bounce || s.c.Post == nil {
			s.c.Log.InfoContext(ctx, "a report proves no message of ours and was dropped")
			return nil
		}
	}
	if l.said.Kind == bounce.Unsubscribe && s.c.Wishes != nil && l.From != "" {
		done, err := s.c.Wishes.Refuse(ctx, b.workspace, l.said.From, l.Data, now)
		if err != nil || done {
			return err
		}
	}
	if s.c.Post == nil || l.machine() && l.said.Kind != bounce.Complaint {
		s.c.Log.InfoContext(ctx, "a mail that a machine wrote was dropped")
		return nil
	}
	err := s.c.Post.Forward(ctx, b.workspace, l.Mail)
	if fault.Is(err, fault.NotFound) { // nobody to read it: its author shall know
		return errNoBox
	}
	return err
}

// refuse takes a refusal. A bounce or an automatic reply is none (RFC 3834 2), but
// a program that presses the exit on somebody's behalf is.
func (s *Server) refuse(ctx context.Context, token string, l letter) error {
	if l.From == "" || l.head.autoReply() || l.said.Kind == bounce.Bounce || l.said.Kind == bounce.Delay || l.said.Kind == bounce.Notice {
		s.c.Log.InfoContext(ctx, "an automatic reply to the exit was dropped")
		return nil
	}
	err := s.c.Refuser.RefuseByMail(ctx, token, l.ReceivedAt)
	if fault.Is(err, fault.Invalid) {
		return errNoBox
	}
	return err
}

// returned takes what comes to a return path: bounces and complaints. All else that
// comes there is a machine's, or a person's who pressed the wrong button, and says
// nothing about the message.
func (s *Server) returned(ctx context.Context, message int64, l letter) error {
	if l.said.Kind != bounce.Bounce && l.said.Kind != bounce.Complaint {
		s.c.Log.InfoContext(ctx, "a mail to a return path says nothing final", "kind", string(l.said.Kind))
		return nil
	}
	return s.c.Reports.Returned(ctx, message, l.said, l.ReceivedAt)
}
