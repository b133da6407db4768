package bounce

import "github.com/kyodaku/kyodaku/internal/delivery/reply"

// Kind is what a mail that came back to us is. Its value is stable.
type Kind string

// The kinds.
const (
	// Ordinary is a letter of a person, or anything that is nothing else.
	Ordinary Kind = "ordinary"
	// Bounce says that a message was not delivered and will not be tried again.
	Bounce Kind = "bounce"
	// Delay says that a message is late and still tried.
	Delay Kind = "delay"
	// Success says that a message arrived, or was handed on.
	Success Kind = "success"
	// Complaint says that a person called a message unwanted (RFC 5965).
	Complaint Kind = "complaint"
	// Unsubscribe is a person's wish to get no more, in the words or the form that
	// mail programs use for it.
	Unsubscribe Kind = "unsubscribe"
	// AutoReply is an answer that a machine gave by itself (RFC 3834): somebody is away.
	AutoReply Kind = "auto_reply"
	// Challenge asks the sender to prove that he is one.
	Challenge Kind = "challenge"
	// Notice is a machine's report that calls for nothing: a reading receipt (RFC
	// 8098), an authentication report (RFC 6591), a list server's note.
	Notice Kind = "notice"
)

// Message is what Parse found out about a mail.
type Message struct {
	Kind Kind
	// From is the author's address, "" if there is none.
	From string
	// Subject is the decoded subject.
	Subject string
	// ID is the Message-ID without its angle brackets.
	ID string
	// Recipients are whom a Bounce, Delay or Success is about, at least one. Those of a
	// Bounce are only such as failed.
	Recipients []Recipient
	// Feedback is the kind of a Complaint as its reporter named it: abuse, fraud, virus, other.
	Feedback string
	// Original is what the mail tells of the message it is about.
	Original Original
}

// Recipient is one address that a report is about.
type Recipient struct {
	// Final is the address that failed, as the report writes it; Original the one
	// that the message was sent to, if the report tells them apart (RFC 3464 2.3).
	Final, Original string
	// Action is failed, delayed, delivered, relayed or expanded.
	Action string
	// Status is the enhanced status code (RFC 3463), "" if none is given.
	Status string
	// Code is the server's reply code, 0 if none is given.
	Code int
	// Diagnostic is what the receiving server, or the reporting one, said: one line.
	Diagnostic string
	// Remote is the server that refused, Reporting the one that writes.
	Remote, Reporting string
	// Command is the SMTP command that was refused: RCPT, DATA, MAIL, …; "" if unknown.
	Command string
	// Verdict says whose fault it is and whether it stands for good.
	Verdict reply.Verdict
}

// Hard says that the address does not work and never will as far as its server
// knows. With Verdict.Twice one such report is not enough.
func (r Recipient) Hard() bool {
	return r.Verdict.Blame == reply.Recipient && r.Verdict.Permanent && r.Verdict.Unknown
}

// Original is what a report says about the message it is about. Every field may be
// empty: reporters leave out and black out what they like.
type Original struct {
	// ID is the Message-ID without its angle brackets.
	ID string
	// ReturnPath is the envelope sender, To the address in the To field.
	ReturnPath, To string
	// Subject is the decoded subject.
	Subject string
	// Exits are the addresses in List-Unsubscribe, which name the message.
	Exits []string
}
