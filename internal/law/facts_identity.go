package law

import "time"

// Identity is what the domain name system says of a From domain. Each mark is that of
// the last answer; "unknown" is that none was had within Fresh, and counts as no.
type Identity struct {
	// Proof sums up SPF, DKIM and DMARC. "internal" never leaves this machine; "green":
	// all three passed within Fresh; "late": they passed at the last answer, which is
	// older; "red": one did not pass; "never": nothing was ever answered.
	Proof string `toml:"proof" choices:"none,internal,green,late,red,never"`
	// SPF (RFC 7208) is evaluated for the addresses that mail leaves from. "outside": a
	// record stands, and a relay sends from addresses that are not known here.
	SPF string `toml:"spf" choices:"none,unknown,missing,fail,outside,pass"`
	// DKIM (RFC 6376): the record of our selector holds our key.
	DKIM string `toml:"dkim" choices:"none,unknown,missing,fail,pass"`
	// DMARC (RFC 9989): a record stands, and the From domain is aligned.
	DMARC string `toml:"dmarc" choices:"none,unknown,missing,fail,pass"`
	// PTR: the sending address has a name that leads back to it. "outside": a relay's
	// own affair.
	PTR string `toml:"ptr" choices:"none,unknown,missing,fail,outside,pass"`
	// Reach: the From domain has MX or address records, so that answers can come back.
	Reach string `toml:"reach" choices:"none,unknown,missing,fail,pass"`
	// Freemail says that the domain gives addresses to everybody (gmail.com).
	Freemail bool `toml:"freemail"`
	// Plain says that mail to somebody else's server leaves without trying TLS.
	Plain bool `toml:"plain"`
	// Mixed says that the domain sends much advertising and much transactional mail.
	Mixed bool `toml:"mixed"`
}

// Fresh is how old the last green answer of a domain may be: a day, in which some
// missed answers, such as those of a night without name servers, do not matter.
const Fresh = 24 * time.Hour

// ProofOf sums SPF, DKIM and DMARC up for an identity whose last green answer came at
// green; zero is never.
func (i Identity) ProofOf(green, now time.Time) string {
	spf, answered := i.SPF == "pass" || i.SPF == "outside", false
	for _, mark := range [...]string{i.SPF, i.DKIM, i.DMARC} {
		if mark == "missing" || mark == "fail" {
			return "red"
		}
		answered = answered || mark != "" && mark != "none" && mark != "unknown"
	}
	switch {
	case !answered || green.IsZero():
		return "never"
	case now.Sub(green) >= Fresh:
		return "late"
	case spf && i.DKIM == "pass" && i.DMARC == "pass":
		return "green"
	}
	return "late"
}

// Answered are when the marks of an identity were last answered for; zero is never.
type Answered struct{ SPF, DKIM, DMARC, PTR, Reach time.Time }

// Aged makes those marks unknown that nobody has answered for within Fresh. Proof, which
// has an age of its own, stays.
func (i Identity) Aged(at Answered, now time.Time) Identity {
	for _, x := range [...]struct {
		mark *string
		at   time.Time
	}{{&i.SPF, at.SPF}, {&i.DKIM, at.DKIM}, {&i.DMARC, at.DMARC}, {&i.PTR, at.PTR}, {&i.Reach, at.Reach}} {
		if now.Sub(x.at) >= Fresh {
			*x.mark = "unknown"
		}
	}
	return i
}

// Figures are what receivers answered and reported of a workspace in the last seven
// days. They are counted every few minutes.
type Figures struct {
	// Complaints are reports as spam, Delivered the messages that were taken.
	Complaints int `toml:"complaints"`
	Delivered  int `toml:"delivered"`
	// ComplaintRate is the one as a share of the other.
	ComplaintRate float64 `toml:"complaint_rate" max:"1"`
	// UnknownRate is the highest share of addresses that do not exist among Japanese
	// carriers that were sent at least CarrierLeast messages.
	UnknownRate float64 `toml:"unknown_rate" max:"1"`
	// RefusalSeconds is how long the slowest refusal took from being received to being
	// binding.
	RefusalSeconds int `toml:"refusal_seconds"`
}

// CarrierLeast is how many messages a carrier must have answered before the share of
// unknown addresses among them says anything.
const CarrierLeast = 100
