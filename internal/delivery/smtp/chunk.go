package smtp

import (
	"context"
	"strconv"
)

// mostChunk is the largest message that is given at once: what a receiver that
// refuses the recipient has to swallow for nothing.
const mostChunk = 128 << 10

// chunks says whether a message goes as one chunk behind its envelope (RFC 3030):
// one round trip instead of two.
func (s *Session) chunks(length int) bool {
	return s.target.Chunking && s.ext.Chunking && s.ext.Pipelining && length <= mostChunk
}

// chunk writes envelope and message in one go and reads all the answers. Nothing is
// written before the fence has agreed to the whole.
func (s *Session) chunk(ctx context.Context, env Envelope, length int64, fence Fence, res *Result) *Error {
	release, no := agreed(ctx, fence)
	if no != nil {
		return no
	}
	s.sent++
	reset := s.dirty
	if reset {
		s.out = append(s.out, "RSET\r\n"...)
	}
	s.appendMail(env, length)
	s.appendRcpt(env)
	s.out = append(strconv.AppendInt(append(s.out, "BDAT "...), length, 10), " LAST\r\n"...)
	s.msg.lead(s.out)
	s.out = s.out[:0]
	if broke := s.write(ctx, release, res); broke != nil {
		return broke
	}
	return s.chunkAnswers(ctx, reset, res)
}

// chunkAnswers reads the replies to RSET, MAIL, RCPT and the chunk. What the server
// says to the chunk after it refused the envelope says nothing new.
func (s *Session) chunkAnswers(ctx context.Context, reset bool, res *Result) *Error {
	if reset {
		reply, err := s.read(ctx, s.target.Timeouts.Hello)
		if err := s.wasReset(ctx, reply, err); err != nil {
			err.Stage = StageAfterDot
			return err
		}
	}
	t := s.target.Timeouts
	var first *Error
	for _, w := range [...]wait{{StageMail, t.Mail}, {StageRcpt, t.Rcpt}, {StageAfterDot, t.Dot}} {
		reply, err := s.read(ctx, w.time)
		if err != nil {
			s.drop()
			if first == nil {
				first = failure(ctx, StageAfterDot, err)
			}
			return first
		}
		refused := s.judge(w, reply)
		switch {
		case first == nil:
			first = refused
		case w.stage == StageAfterDot && refused == nil:
			s.drop() // it took a message for nobody
		}
		if s.broken {
			return first
		}
		if w.stage == StageAfterDot && first == nil {
			res.Reply, res.Accepted = reply, true
		}
	}
	return first
}
