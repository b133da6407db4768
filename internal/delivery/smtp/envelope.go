package smtp

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// maxPath is the longest path without its brackets (RFC 5321 4.5.3.1.3).
const maxPath = 254

var (
	errNoRecipient = errors.New("envelope has no recipient")
	errBadPath     = errors.New("envelope has an address that is not in wire form")
	errPathUTF8    = errors.New("envelope has an address that is not ASCII, without SMTPUTF8")
)

// check refuses addresses that would change the command they stand in.
func (e Envelope) check() error {
	if e.To == "" {
		return errNoRecipient
	}
	for _, path := range [...]string{e.From, e.To} {
		if len(path) > maxPath || !utf8.ValidString(path) || strings.ContainsFunc(path, breaksCommand) {
			return errBadPath
		}
		if !e.SMTPUTF8 && strings.ContainsFunc(path, func(r rune) bool { return r >= utf8.RuneSelf }) {
			return errPathUTF8
		}
	}
	return nil
}

func breaksCommand(r rune) bool { return r <= ' ' || r == '<' || r == '>' || r == 0x7f }

// envelope brings the server from idle to 354.
func (s *Session) envelope(ctx context.Context, env Envelope, length int64) *Error {
	s.sent++
	if s.ext.Pipelining {
		return s.pipelined(ctx, env, length)
	}
	s.appendMail(env, length)
	waits := s.commandWaits()
	if err := s.step(ctx, waits[0]); err != nil {
		return err
	}
	s.appendRcpt(env)
	if err := s.step(ctx, waits[1]); err != nil {
		return err
	}
	s.appendData()
	return s.step(ctx, waits[2])
}

// step writes the collected command and reads its answer.
func (s *Session) step(ctx context.Context, w wait) *Error {
	if err := s.flush(ctx, w.time); err != nil {
		s.drop()
		return failure(ctx, w.stage, err)
	}
	reply, err := s.read(ctx, w.time)
	if err != nil {
		s.drop()
		return failure(ctx, w.stage, err)
	}
	return s.judge(w, reply)
}

// judge turns an answer that was not the hoped-for one into an error, and marks
// the session for RSET.
func (s *Session) judge(w wait, reply Reply) *Error {
	if reply.positive() && w.stage != StageData || reply.Code == codeGoAhead && w.stage == StageData {
		return nil
	}
	s.dirty = true
	if reply.Code < 400 {
		s.drop()
	}
	return refusal(w.stage, reply)
}

// pipelined writes MAIL, RCPT and DATA (after a RSET, if one is due) in one go and
// reads all the answers, the first refusal being the one that counts.
func (s *Session) pipelined(ctx context.Context, env Envelope, length int64) *Error {
	reset := s.dirty
	if reset {
		s.out = append(s.out, "RSET\r\n"...)
	}
	s.appendMail(env, length)
	s.appendRcpt(env)
	s.appendData()
	waits := s.commandWaits()
	if err := s.flush(ctx, waits[0].time); err != nil {
		s.drop()
		return failure(ctx, StageMail, err)
	}
	if reset {
		reply, err := s.read(ctx, s.target.Timeouts.Hello)
		if err := s.wasReset(ctx, reply, err); err != nil {
			return err
		}
	}
	return s.answers(ctx, waits)
}

// answers reads the replies to MAIL, RCPT and DATA.
func (s *Session) answers(ctx context.Context, waits [3]wait) *Error {
	var first *Error
	for _, w := range waits {
		reply, err := s.read(ctx, w.time)
		if err != nil {
			s.drop()
			if first == nil {
				first = failure(ctx, w.stage, err)
			}
			return first
		}
		refused := s.judge(w, reply)
		switch {
		case first == nil:
			first = refused
		case w.stage == StageData && refused == nil:
			// The server waits for a message that has no recipient. RFC 2920 3.1 would
			// send a lone dot; we write no dot that the fence was not asked about.
			s.drop()
		}
		if s.broken {
			return first
		}
	}
	return first
}

// wait is what one answer may take, and the stage it decides.
type wait struct {
	stage Stage
	time  time.Duration
}

func (s *Session) commandWaits() [3]wait {
	t := s.target.Timeouts
	return [3]wait{{StageMail, t.Mail}, {StageRcpt, t.Rcpt}, {StageData, t.Data}}
}

func (s *Session) appendMail(env Envelope, length int64) {
	s.out = append(append(append(s.out, "MAIL FROM:<"...), env.From...), '>')
	if s.ext.SizeKnown {
		s.out = strconv.AppendInt(append(s.out, " SIZE="...), max(env.Size, length), 10)
	}
	if s.ext.EightBit && s.msg.eightBit {
		s.out = append(s.out, " BODY=8BITMIME"...)
	}
	if env.SMTPUTF8 {
		s.out = append(s.out, " SMTPUTF8"...)
	}
	s.out = append(s.out, "\r\n"...)
}

func (s *Session) appendRcpt(env Envelope) {
	s.out = append(append(append(s.out, "RCPT TO:<"...), env.To...), ">\r\n"...)
}

func (s *Session) appendData() { s.out = append(s.out, "DATA\r\n"...) }
