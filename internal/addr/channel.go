package addr

import "github.com/kyodaku/kyodaku/internal/fault"

// Channel is a way of reaching somebody.
type Channel string

// The channels.
const (
	Email Channel = "email"
	LINE  Channel = "line"
	SMS   Channel = "sms"
)

// Valid says whether the channel is one of ours.
func (c Channel) Valid() bool { return c == Email || c == LINE || c == SMS }

// Canonical is the form in which two addresses of one channel are compared, and
// from which suppression keys are derived. It is not for sending.
type Canonical string

// Address is an address of any channel.
type Address interface {
	// Channel says by which way the address is reached.
	Channel() Channel
	// Canonical returns the key for comparing within the channel.
	Canonical() Canonical
	// String returns the plain form to store and to show.
	String() string
}

// Parse reads an address of a channel. An unknown channel and a malformed address
// are Invalid faults.
func Parse(c Channel, text string) (Address, error) {
	switch c {
	case Email:
		return hold(ParseMail(text))
	case LINE:
		return hold(ParseLineID(text))
	case SMS:
		return hold(ParsePhone(text))
	}
	return nil, fault.Bad("channel", "addr.channel.unknown", "Channel", string(c))
}

// hold keeps a failed parse from becoming a non-nil interface with a zero inside.
func hold[A Address](a A, err error) (Address, error) {
	if err != nil {
		return nil, err
	}
	return a, nil
}

func bad(key string, args ...any) error { return fault.Bad("address", key, args...) }
