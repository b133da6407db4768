package profile

import (
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/reply"
)

// Everyone is the id of the profile for all who have none of their own.
const Everyone = "everyone"

// Profile is how one provider wants to be delivered to. It is never changed.
type Profile struct {
	// ID names it for ever, such as "docomo".
	ID string
	// Ja and En are its name for people.
	Ja, En string
	// AsOf is the day on which its data was last looked at, in UTC.
	AsOf time.Time
	// Sources say where the data comes from.
	Sources []string

	// Domains are recipient domains; one that begins with a dot stands for all below it.
	Domains []string
	// MX are names of mail servers, or names that they stand below.
	MX []string

	// Connections is how many may be open at once.
	Connections Range[int]
	// MailsPerConnection is after how many a connection is closed.
	MailsPerConnection Range[int]
	// MailsPerSecond is how many are begun in a second, over all connections.
	MailsPerSecond Range[float64]

	// MostRecipients is how many recipients one connection may name, refused ones and
	// all transactions counted: it is closed before the next one. 0 means no such limit.
	MostRecipients int
	// MaxSize is the largest mail in octets; 0 means not known.
	MaxSize int64
	// IdleClose is how long a connection may rest before we close it.
	IdleClose time.Duration
	// TLS is the least protection.
	TLS TLS
	// LegacyLocal is how addresses are written that break RFC 5321 (addr.Mail.Legacy).
	LegacyLocal LegacyLocal
	// ResetIsRate says that a TCP RESET means "slower" here, and not a broken network.
	ResetIsRate bool

	// Chunking says that the provider's servers are known to read a chunk to its end
	// when they refuse its recipient (RFC 3030), so that it may follow the envelope at once.
	Chunking bool

	// UnknownUsers is when mail to unknown addresses becomes dangerous.
	UnknownUsers Breaker
	// Retry are the waits before the second, third … attempt; none means the usual ones.
	Retry []time.Duration
	// Pause is how long a lane rests that is told to slow down without being told for
	// how long.
	Pause time.Duration

	// Replies judge what this provider's servers answer.
	Replies *reply.Rules

	own bool // an operator's, or changed by one
}

// Name is the provider's name in a language ("ja", or anything else for English).
func (p *Profile) Name(lang string) string {
	if lang == "ja" {
		return p.Ja
	}
	return p.En
}

// Range is where a limit may be: it starts at Start and is moved between Least and
// Most, its ends included. Least is above zero.
type Range[N int | float64] struct {
	Start N `toml:"start"`
	Least N `toml:"least"`
	Most  N `toml:"most"`
}

// Hold returns n, or the nearest end if it lies outside.
func (r Range[N]) Hold(n N) N { return min(max(n, r.Least), r.Most) }

// Breaker says which share of unknown addresses stops a campaign at this provider.
type Breaker struct {
	// Alarm and Trip are shares between 0 and 1: from the first it is told, from the
	// second it is stopped.
	Alarm float64 `toml:"alarm"`
	Trip  float64 `toml:"trip"`
	// LeastSample is how many answers there must be before a share means anything.
	LeastSample int `toml:"least_sample"`
}

// TLS is how much protection a connection must have at the least.
type TLS string

// The protections.
const (
	// TLSOpportunistic takes encryption where it is offered.
	TLSOpportunistic TLS = "opportunistic"
	// TLSEncrypted never sends in clear; the certificate may be any.
	TLSEncrypted TLS = "encrypted"
)

// LegacyLocal is how a local part such as "a..b" is written in SMTP commands.
type LegacyLocal string

// The forms.
const (
	// Quoted is "a..b"@domain, as RFC 5321 4.1.2 has it.
	Quoted LegacyLocal = "quoted"
	// AsIs is a..b@domain, as it was issued.
	AsIs LegacyLocal = "as_is"
)
