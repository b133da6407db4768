package simulate

import (
	"math/rand/v2"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/reply"
)

// What every receiver minds besides its limits. A denial heats, heat passes with time;
// a sender that goes on being denied loses its good name, and so does one with many
// unknown users. With a doubtful name some mails are deferred, with a bad one it is
// blocked for hours.
const (
	heatLeak      = 0.5 // denials a second that are no hammering
	heatMost      = 60
	nameLost      = 0.004 // by a denial beyond that, or an unknown user too many
	nameGained    = 0.1   // in an hour
	nameDoubtful  = 0.6
	nameBad       = 0.3
	nameAfter     = 0.5 // after a block
	doubtfulShare = 0.1
	blockTime     = 4 * time.Hour
	unknownOf     = 1000 // how many mails the share of unknown users is taken of
)

// answer is what a receiver does with a connection or a mail.
type answer struct {
	verdict  reply.Verdict
	broken   bool
	text     string
	accepted bool
}

// receiver is the hidden side.
type receiver struct {
	Hidden
	rng      *rand.Rand
	now      time.Duration
	incident bool

	open   int
	tokens float64
	filled time.Duration

	heat, name    float64
	heated, named time.Duration
	blockedUntil  time.Duration
	blocks        int

	mails, unknown float64 // decaying
}

func newReceiver(h Hidden, rng *rand.Rand) *receiver {
	return &receiver{Hidden: h, rng: rng, name: 1, tokens: h.Burst}
}

// at brings the receiver to a time.
func (r *receiver) at(now time.Duration) {
	r.now = now
	r.incident = now >= incidentFrom && now < incidentTo
	r.tokens = min(r.Burst, r.tokens+(now-r.filled).Seconds()*r.allowed(r.PerSecond))
	r.filled = now
	r.heat = max(0, r.heat-(now-r.heated).Seconds()*heatLeak)
	r.heated = now
	r.name = min(1, r.name+(now-r.named).Hours()*nameGained)
	r.named = now
}

func (r *receiver) allowed(v float64) float64 {
	if r.incident {
		return v * incidentCut
	}
	return v
}

func (r *receiver) room() int { return max(1, int(r.allowed(float64(r.Connections)))) }

// connect answers an attempt to connect; takes is how long the answer takes.
func (r *receiver) connect(now time.Duration) (a answer, takes time.Duration) {
	r.at(now)
	takes = r.about(r.Connect)
	switch {
	case now < r.blockedUntil:
		return r.blocked(), takes
	case r.open >= r.room():
		r.deny()
		return r.say("421 4.7.0 too many connections", true), takes
	}
	takes += r.late(r.open, r.room())
	r.open++
	return answer{accepted: true}, takes
}

// leave hears that a connection was closed.
func (r *receiver) leave() { r.open-- }

// mail answers the nth mail on a connection. A broken one is closed already.
func (r *receiver) mail(now time.Duration, nth int, unknown bool) (a answer, takes time.Duration) {
	r.at(now)
	takes = r.about(r.Mail)
	a = r.judge(now, nth, unknown)
	if a.broken {
		r.open--
	}
	return a, takes
}

func (r *receiver) judge(now time.Duration, nth int, unknown bool) answer {
	switch {
	case now < r.blockedUntil:
		return r.blocked()
	case r.open > r.room():
		r.deny()
		return r.say("421 4.7.0 too many connections", true)
	case r.PerConnection > 0 && nth > r.PerConnection:
		if r.Silent {
			return answer{broken: true}
		}
		return r.say("421 4.7.0 too many messages on this connection", true)
	case r.PerSecond > 0 && r.tokens < 1:
		r.deny()
		return r.say("450 4.7.1 too many messages, slow down", false)
	case r.name < nameDoubtful && r.rng.Float64() < doubtfulShare:
		return answer{
			verdict: reply.Verdict{Blame: reply.SenderIP, Rule: "simulated.doubtful"},
			text:    "421 4.7.28 unusual mail from your address",
		}
	}
	r.tokens--
	if r.mails++; r.mails > unknownOf {
		r.mails, r.unknown = r.mails/2, r.unknown/2
	}
	if !unknown {
		return answer{accepted: true}
	}
	r.unknown++
	if r.mails > unknownOf/4 && r.unknown/r.mails > r.Unknown {
		r.lose()
	}
	return answer{
		verdict: reply.Verdict{Blame: reply.Recipient, Permanent: true, Unknown: true, Rule: "simulated.unknown"},
		text:    "550 5.1.1 user unknown",
	}
}

// say throttles with words, or without.
func (r *receiver) say(text string, broken bool) answer {
	v := reply.Verdict{Blame: reply.Rate, Rule: "simulated.rate"}
	if r.Reset {
		v.Rule = "simulated.reset"
		return answer{verdict: v, broken: true}
	}
	if !broken {
		v.Wait = r.Wait
	}
	return answer{verdict: v, broken: broken, text: text}
}

func (r *receiver) blocked() answer {
	r.deny()
	if r.Reset {
		return r.say("", true)
	}
	v := reply.Verdict{Blame: reply.SenderIP, Permanent: true, Rule: "simulated.blocked"}
	return answer{verdict: v, broken: true, text: "554 5.7.1 blocked, see our policy"}
}

func (r *receiver) deny() {
	if r.heat++; r.heat > heatMost {
		r.lose()
	}
}

func (r *receiver) lose() {
	r.name -= nameLost
	if r.name < nameBad && r.now >= r.blockedUntil {
		r.blocks++
		r.blockedUntil, r.name = r.now+blockTime, nameAfter
	}
}

// about is a time around a mean.
func (r *receiver) about(mean time.Duration) time.Duration {
	return time.Duration((0.7 + 0.6*r.rng.Float64()) * float64(mean))
}
