package reply

import "time"

// Blame is whose fault a refusal is. Its value is stable: it is stored and shown.
type Blame string

// The blames.
const (
	// None: there is nothing to blame; the mail was taken.
	None Blame = ""
	// Recipient: this address is unknown, full, closed or does not want mail.
	Recipient Blame = "recipient"
	// Content: this mail is what the receiver does not take.
	Content Blame = "content"
	// SenderIP: the address that we connect from has a bad name, or none.
	SenderIP Blame = "sender_ip"
	// SenderDomain: the domain that we send for has a bad name or is not authenticated.
	SenderDomain Blame = "sender_domain"
	// Rate: too much at a time; slower is enough.
	Rate Blame = "rate"
	// Receiver: the receiving side is out of order.
	Receiver Blame = "receiver"
	// Protocol: the two sides do not understand each other.
	Protocol Blame = "protocol"
)

// Verdict is what one answer means.
type Verdict struct {
	Blame Blame
	// Permanent says that the same mail to the same address will not be taken later.
	Permanent bool
	// Unknown says that the mailbox does not exist: with Recipient and Permanent, the
	// one verdict that suppresses an address.
	Unknown bool
	// Twice says that the receiver is known to say so by mistake: an address is dead
	// only when it is said on two different days.
	Twice bool
	// Wait is how long the server asked, or is known, to be left alone; 0 if it did not.
	Wait time.Duration
	// Rule is the id of the rule that decided, for explain; empty if the codes alone did.
	Rule string
}
