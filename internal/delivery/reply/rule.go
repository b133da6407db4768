package reply

import (
	"errors"
	"fmt"
	"time"
)

// Lasting says whether a refusal stands for good, where a rule knows better than the
// server's code.
type Lasting string

// The ways of lasting.
const (
	// AsCoded follows the code: 5xx from MAIL on is permanent (RFC 5321 4.2.1).
	AsCoded Lasting = ""
	// Permanent overrules a 4xx.
	Permanent Lasting = "permanent"
	// Temporary overrules a 5xx.
	Temporary Lasting = "temporary"
)

// Rule recognises one way of refusing and says what it means. All conditions that
// are given must hold; rules are asked in their order, and the first one decides.
type Rule struct {
	// ID names the rule for ever: it is shown as the reason.
	ID string `toml:"id"`

	// Stages are names of smtp.Stage, such as "rcpt"; none means any.
	Stages []string `toml:"stages"`
	// Codes are codes or their beginnings: "550", "55", "4"; none means any.
	Codes []string `toml:"codes"`
	// Enhanced are RFC 3463 statuses; a part may be "*", the last a range: "5.7.606-649".
	Enhanced []string `toml:"enhanced"`
	// Text is an RE2 pattern for the server's words, letter case and line breaks aside.
	Text string `toml:"text"`
	// Nth is the first mail on a connection for which the rule holds; 0 means all.
	Nth int `toml:"nth"`

	Blame   Blame   `toml:"blame"`
	Lasting Lasting `toml:"lasting"`
	Unknown bool    `toml:"unknown"`
	Twice   bool    `toml:"twice"`
	// Wait is how long the server is known to be left alone, if it does not say.
	Wait time.Duration `toml:"wait"`
}

var (
	errNoID        = errors.New("id is missing")
	errNoCondition = errors.New("none of stages, codes, enhanced, text and nth is given")
	errBlame       = errors.New("blame is none of the known ones")
	errLasting     = errors.New("lasting is neither permanent nor temporary")
	errRate        = errors.New("blame rate cannot be permanent")
	errUnknown     = errors.New("unknown needs blame recipient, and cannot be temporary")
	errTwice       = errors.New("twice needs unknown")
	errWait        = errors.New("wait must be from 1s to 24h")
	errNth         = errors.New("nth is negative")
)

// check refuses rules that contradict themselves.
func (r Rule) check() error {
	switch {
	case r.ID == "":
		return errNoID
	case len(r.Stages)+len(r.Codes)+len(r.Enhanced)+r.Nth == 0 && r.Text == "":
		return errNoCondition
	case !r.Blame.known():
		return fmt.Errorf("%w: %q", errBlame, r.Blame)
	case r.Lasting != AsCoded && r.Lasting != Permanent && r.Lasting != Temporary:
		return errLasting
	case r.Blame == Rate && r.Lasting == Permanent:
		return errRate
	case r.Unknown && (r.Blame != Recipient || r.Lasting == Temporary):
		return errUnknown
	case r.Twice && !r.Unknown:
		return errTwice
	case r.Wait != 0 && (r.Wait < shortestWait || r.Wait > longestWait):
		return errWait
	case r.Nth < 0:
		return errNth
	}
	return nil
}

// known says whether it is a blame that a refusal can have.
func (b Blame) known() bool {
	switch b {
	case Recipient, Content, SenderIP, SenderDomain, Rate, Receiver, Protocol:
		return true
	}
	return false
}
