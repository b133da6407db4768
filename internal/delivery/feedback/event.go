package feedback

import (
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/bounce"
	"github.com/kyodaku/kyodaku/internal/delivery/inbound"
	"github.com/kyodaku/kyodaku/internal/delivery/reply"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
)

// event is one thing that a provider tells, with the marks of the message it is about.
type event struct {
	heard inbound.Heard
	// from is the envelope sender of the message, id its Message-ID.
	from, id string
}

// means says whether there is anything to act on.
func (e event) means() bool {
	return e.heard.Complaint || e.heard.Refusal || e.heard.Verdict.Blame != reply.None
}

// message finds our message: by the mark in its return path, or by its Message-ID,
// which is enough here, for the provider has signed for it. 0 is none of ours.
func (e event) message(ring *keyring.Ring, _ time.Time) int64 {
	local, _, _ := strings.Cut(e.from, "@")
	if _, mark, ok := strings.Cut(local, "+"); ok {
		if id, ok := ring.VerifyReturn(mark); ok {
			return id
		}
	}
	left, _, _ := strings.Cut(strings.Trim(strings.TrimSpace(e.id), "<>"), "@")
	id, err := store.ParsePublic("msg", left)
	if err != nil {
		return 0
	}
	return id
}

// failure is a bounce in the words of the receiving server. final is what the provider
// says of it: where it tries no more but the words are not final, they count.
func failure(address, status, words string, final bool) inbound.Heard {
	r := bounce.Judge(address, status, words)
	if !final {
		r.Verdict.Permanent, r.Verdict.Unknown, r.Verdict.Twice = false, false, false
	}
	return inbound.Heard{Recipients: []string{address}, Status: r.Status, Verdict: r.Verdict}
}

// dead is the verdict where the provider itself says that there is no such mailbox;
// known is one that it put aside for an earlier failure, which it does not tell.
var (
	dead  = reply.Verdict{Blame: reply.Recipient, Permanent: true, Unknown: true, Rule: "relay.no_mailbox"}
	known = reply.Verdict{Blame: reply.Recipient, Permanent: true, Unknown: true, Twice: true, Rule: "relay.suppressed"}
)

// cutPath takes the address of a hook apart.
func cutPath(path string) (provider, token string, ok bool) {
	rest, ok := strings.CutPrefix(path, Path)
	if !ok {
		return "", "", false
	}
	return strings.Cut(rest, "/")
}
