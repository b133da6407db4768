package shape

import (
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/reply"
)

// Sample is one experience with the receiver: an attempt to connect, or one mail.
type Sample struct {
	// Verdict is what the answer means. Without blame, and not Broken, the mail was
	// accepted, or the connection was made.
	Verdict reply.Verdict
	// Broken says that the connection ended with this: 421, hang-up, RESET, silence.
	Broken bool
	// Stage is the command that was answered; for the record only.
	Stage string
	// Nth is which mail on its connection this was, 1 the first; 0 is all that comes
	// before the first: connecting, greeting, EHLO, STARTTLS.
	Nth int
	// Open is how many connections of the lane were open or being opened when this was
	// begun, this one included.
	Open int
	// Idle is how long the connection had been idle before this mail; 0 for the first. A
	// receiver that closes an idle connection says nothing about our speed.
	Idle time.Duration
	// Begun is when the attempt or the mail was begun. It decides to which cohort the
	// answer belongs; zero means now.
	Begun time.Time
	// Greeting is the time from connecting to the greeting, told once per connection;
	// 0 is not known.
	Greeting time.Duration
	// Dot is the time from the final dot to its reply; 0 is not known.
	Dot time.Duration
	// Reply is what the server said, normalised: without addresses and numbers of
	// messages. It is kept with the decision it causes.
	Reply string
}

// idleClosed is how long a connection must have been idle for its end to mean nothing.
const idleClosed = 3 * time.Second

// closedIdle says that the receiver only closed a connection that was not used.
func (s Sample) closedIdle() bool {
	return s.Broken && s.Nth > 1 && s.Idle >= idleClosed && !s.blamesSender()
}

// accepted also holds for a connection that was made.
func (s Sample) accepted() bool { return s.Verdict.Blame == reply.None && !s.Broken }

// moves says whether the answer is about how we send, not about one mail.
func (s Sample) moves() bool {
	switch s.Verdict.Blame {
	case reply.Rate, reply.SenderIP, reply.SenderDomain, reply.Receiver:
		return true
	case reply.None:
		return s.Broken
	}
	return false
}

func (s Sample) blamesSender() bool {
	return s.Verdict.Blame == reply.SenderIP || s.Verdict.Blame == reply.SenderDomain
}
