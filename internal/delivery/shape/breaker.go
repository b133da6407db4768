package shape

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/reply"
)

// BreakerBounds say when a campaign must stop at a provider. A zero ratio or count
// switches its rule off.
type BreakerBounds struct {
	// Window is how far back answers count.
	Window time.Duration `json:"window"`
	// Least is how many answers a ratio needs.
	Least int `json:"least"`
	// UnknownAlarm and UnknownTrip are shares of answers that the mailbox does not
	// exist: carriers block senders of many such mails.
	UnknownAlarm float64 `json:"unknown_alarm"`
	UnknownTrip  float64 `json:"unknown_trip"`
	// ComplaintTrip is the share of accepted mails that were reported as unwanted.
	ComplaintTrip float64 `json:"complaint_trip"`
	// Authentication is how many refusals of our domain in a row stop the cell.
	Authentication int `json:"authentication"`
	// Rest is how long the cell is left alone before one mail is tried; every trial
	// that fails doubles it, up to RestMost.
	Rest     time.Duration `json:"rest"`
	RestMost time.Duration `json:"rest_most"`
}

// DefaultBreakerBounds suit every provider whose profile says nothing: alarm at 1 % and
// stop at 2 % unknown users, stop at 0.3 % complaints (the limit of the sender rules of
// Gmail and Yahoo).
func DefaultBreakerBounds() BreakerBounds {
	return BreakerBounds{
		Window: 6 * time.Hour, Least: 200,
		UnknownAlarm: 0.01, UnknownTrip: 0.02, ComplaintTrip: 0.003, Authentication: 5,
		Rest: 30 * time.Minute, RestMost: 12 * time.Hour,
	}
}

// Phase is whether a cell may send. Its value is stable: it is stored and shown.
type Phase string

// The phases.
const (
	// Closed: the cell sends.
	Closed Phase = "closed"
	// Open: nothing of the cell is sent.
	Open Phase = "open"
	// HalfOpen: one mail finds out whether the cell may send again.
	HalfOpen Phase = "half_open"
)

// Cause is why a breaker turned. Its value is stable: it is stored and shown.
type Cause string

// The causes.
const (
	// ManyUnknown: too many mailboxes did not exist.
	ManyUnknown Cause = "many_unknown_users"
	// ManyComplaints: too many mails were reported as unwanted.
	ManyComplaints Cause = "many_complaints"
	// NotAuthenticated: our domain was refused again and again.
	NotAuthenticated Cause = "not_authenticated"
	// Blocklisted: the receiver named a blocklist.
	Blocklisted Cause = "blocklisted"
	// TimeToTry: the rest is over.
	TimeToTry Cause = "rest_over"
	// TrialTaken: the one mail after the rest was accepted.
	TrialTaken Cause = "trial_taken"
	// TrialRefused: the one mail after the rest was refused.
	TrialRefused Cause = "trial_refused"
	// ByOperator: a person closed the breaker.
	ByOperator Cause = "operator"
)

// Turn is one change of phase.
type Turn struct {
	At    time.Time `json:"at"`
	To    Phase     `json:"to"`
	Cause Cause     `json:"cause"`
	// Ratio is the share that was too high; Rule and Reply are of the last answer; By
	// is the operator's id.
	Ratio float64 `json:"ratio,omitempty"`
	Rule  string  `json:"rule,omitempty"`
	Reply string  `json:"reply,omitempty"`
	By    string  `json:"by,omitempty"`
}

// Breaker stops one campaign at one provider, before the provider stops all of us. It
// is safe for concurrent use.
type Breaker struct {
	bounds BreakerBounds

	mu    sync.Mutex
	phase Phase
	until time.Time
	rest  time.Duration
	// trialAt is when the trial mail went; zero if none is under way.
	trialAt time.Time
	refused int // refusals of our domain in a row
	counts  counts
	turns   []Turn
}

// NewBreaker makes a closed breaker.
func NewBreaker(b BreakerBounds) *Breaker {
	if b.Window <= 0 {
		b.Window = DefaultBreakerBounds().Window
	}
	if b.Rest <= 0 {
		b.Rest = DefaultBreakerBounds().Rest
	}
	return &Breaker{bounds: b, phase: Closed}
}

// Allow asks for leave to send one mail of the cell. Without it, again says when to
// ask next. A mail that was allowed and did not go is given back.
func (b *Breaker) Allow(now time.Time) (ok bool, again time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.phase == Closed:
		return true, time.Time{}
	case b.phase == Open && now.Before(b.until):
		return false, b.until
	case b.phase == HalfOpen && now.Before(b.trialAt.Add(probePatience)):
		return false, now.Add(probeAgain)
	}
	if b.phase == Open {
		b.turn(Turn{At: now, To: HalfOpen, Cause: TimeToTry})
	}
	b.trialAt = now
	return true, time.Time{}
}

// GiveBack returns a leave that was not used.
func (b *Breaker) GiveBack(time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trialAt = time.Time{}
}

// Observe hears the answer to one mail of the cell and says whether the phase turned.
// text is what the server said, normalised. An answer that blames only the rate or the
// receiver is no answer about the cell.
func (b *Breaker) Observe(now time.Time, v reply.Verdict, text string) (turned bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if v.Blame == reply.Rate || v.Blame == reply.Receiver {
		if b.phase == HalfOpen {
			b.trialAt = time.Time{} // it tells nothing: another mail may be tried
		}
		return false
	}
	b.count(now, v)
	because := Turn{At: now, Rule: v.Rule, Reply: shorten(text)}
	if b.phase == HalfOpen {
		return b.judgeTrial(now, v, because)
	}
	if b.phase == Open {
		return false // an answer from before it opened
	}
	switch {
	case v.Blame == reply.SenderIP && namesBlocklist(text):
		because.Cause = Blocklisted
	case b.bounds.Authentication > 0 && b.refused >= b.bounds.Authentication:
		because.Cause = NotAuthenticated
	case over(b.counts.unknown(now, b.bounds), b.bounds.UnknownTrip):
		because.Cause, because.Ratio = ManyUnknown, b.counts.unknown(now, b.bounds)
	default:
		return false
	}
	b.trip(now, because)
	return true
}

// Complain hears of one mail of the cell that was reported as unwanted.
func (b *Breaker) Complain(now time.Time) (turned bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.counts.turn(now, b.bounds.Window)
	b.counts.Slots[0].Complaints++
	ratio := b.counts.complaints(now, b.bounds)
	if b.phase != Closed || !over(ratio, b.bounds.ComplaintTrip) {
		return false
	}
	b.trip(now, Turn{At: now, Cause: ManyComplaints, Ratio: ratio})
	return true
}

// Close lets the cell send again by decision of a person; by is an opaque id. What was
// counted so far no longer counts.
func (b *Breaker) Close(now time.Time, by string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.close(Turn{At: now, Cause: ByOperator, By: by})
}

func over(ratio, most float64) bool { return most > 0 && ratio >= most }

func (b *Breaker) count(now time.Time, v reply.Verdict) {
	b.counts.turn(now, b.bounds.Window)
	slot := &b.counts.Slots[0]
	slot.Answers++
	if v.Unknown {
		slot.Unknown++
	}
	if v.Blame == reply.None {
		slot.Accepted++
	}
	if v.Blame == reply.SenderDomain {
		b.refused++
	} else {
		b.refused = 0
	}
}

// judgeTrial closes the breaker after a mail that was taken, and opens it for longer
// after one that met what had opened it.
func (b *Breaker) judgeTrial(now time.Time, v reply.Verdict, because Turn) bool {
	switch {
	case b.trialAt.IsZero():
		return false // an answer to an older mail
	case v.Blame == reply.None:
		because.Cause = TrialTaken
		b.close(because)
	default:
		because.Cause = TrialRefused
		b.trip(now, because)
	}
	return true
}

// trip opens the breaker, for longer each time until it was closed by a mail taken.
func (b *Breaker) trip(now time.Time, because Turn) {
	b.rest = max(b.bounds.Rest, min(2*b.rest, b.bounds.RestMost))
	b.until, b.trialAt = now.Add(b.rest), time.Time{}
	because.To = Open
	b.turn(because)
}

// close forgets what was counted, or the same mails would open it again. The length of
// the last rest stays: a cell that trips again rests longer, unless a person closed it.
func (b *Breaker) close(because Turn) {
	b.until, b.trialAt, b.refused = time.Time{}, time.Time{}, 0
	b.counts = counts{}
	if because.Cause == ByOperator {
		b.rest = 0
	}
	because.To = Closed
	b.turn(because)
}

func (b *Breaker) turn(t Turn) {
	b.phase = t.To
	if len(b.turns) == decisionsKept {
		b.turns = slices.Delete(b.turns, 0, 1)
	}
	b.turns = append(b.turns, t)
}

// namesBlocklist says whether a server's words name a blocklist.
func namesBlocklist(text string) bool {
	text = strings.ToLower(text)
	for _, word := range [...]string{
		"blocklist", "block list", "blacklist", "black list", "denylist", "dnsbl", "rbl",
		"spamhaus", "spamcop", "barracudacentral", "sorbs", "ブラックリスト",
	} {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}
