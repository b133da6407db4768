package reply

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
)

// written finds an enhanced status in the words, as in "no mailbox here (#5.1.1)". It
// is never part of an IP address.
var written = regexp.MustCompile(`(?:^|[ (\[#<])([45]\.\d{1,3}\.\d{1,3})(?:[ )\]>:;,-]|$)`)

// statusOf reads the enhanced status, also from the words if it is not where RFC 2034
// puts it; all zero means that there is none that agrees with the code.
func statusOf(e Event, said string) [3]int {
	text := e.Enhanced
	if text == "" {
		if m := written.FindStringSubmatch(said); m != nil {
			text = m[1]
		}
	}
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return [3]int{}
	}
	var status [3]int
	for i, p := range parts {
		n, err := strconv.ParseUint(p, 10, 10)
		if err != nil {
			return [3]int{}
		}
		status[i] = int(n)
	}
	if status[0] != e.Code/100 {
		return [3]int{}
	}
	return status
}

// byCodes judges by enhanced status, code and stage alone.
func byCodes(e Event, status [3]int) Verdict {
	m, known := byStatus(e.Stage, status)
	if !known {
		m = byCode(e)
	}
	v := Verdict{Blame: m.blame, Permanent: permanent(e, m.blame, m.lasting)}
	v.Unknown = m.unknown && v.Permanent && e.Stage >= smtp.StageRcpt
	return v
}

// meaning is what codes alone can say.
type meaning struct {
	blame   Blame
	lasting Lasting
	unknown bool
}

// byCode reads the codes of RFC 5321 4.2.3 and their later companions.
func byCode(e Event) meaning {
	switch e.Code {
	case 421:
		// Closing without a word: in the greeting, or after some mails, it is mostly that
		// there are too many of them.
		if e.Stage == smtp.StageConnect || e.Nth > 1 {
			return meaning{blame: Rate}
		}
		return meaning{blame: Receiver}
	case 450, 456:
		if e.Stage == smtp.StageRcpt {
			return meaning{blame: Recipient}
		}
	case 454, 455, 500, 501, 502, 503, 504, 530, 534, 535, 538, 555:
		return meaning{blame: Protocol}
	case 521: // RFC 7504: this host takes no mail at all
		return meaning{blame: Receiver}
	case 551, 556:
		return meaning{blame: Recipient}
	case 552:
		if e.Stage == smtp.StageRcpt { // storage of this mailbox
			return meaning{blame: Recipient, lasting: Temporary}
		}
	}
	if e.Code < 500 {
		return meaning{blame: Receiver}
	}
	return meaning{blame: refusedAt(e.Stage)}
}

// refusedAt is whom a refusal without a reason is likely about, by what the server
// had heard when it said no: only our address, then the sender, the recipient, all.
func refusedAt(s smtp.Stage) Blame {
	switch {
	case s < smtp.StageMail:
		return SenderIP
	case s == smtp.StageMail:
		return SenderDomain
	case s == smtp.StageRcpt:
		return Recipient
	}
	return Content
}
