package sink

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// Manners are how a sink misbehaves, or keeps the limits of a provider that does not
// tell them. The zero value takes everything at once.
type Manners struct {
	// Connections are those served at the same time; more are turned away with 421.
	Connections int
	// PerConnection is after how many mails a connection is closed with 421.
	PerConnection int
	// PerSecond is how many mails are taken in a second; more are answered with 451.
	PerSecond float64
	// Patience is how many of these limits may be run into in a minute; whoever does it
	// more often is refused with 554 for BlockTime. 0 is without end.
	Patience  int
	BlockTime time.Duration
	// Reset breaks off with a TCP RESET where others say 421.
	Reset bool
	// Defer, Refuse and Unknown are the odds, between 0 and 1, of a 451 after the dot, of
	// a 554 after the dot and of an unknown user at RCPT.
	Defer, Refuse, Unknown float64
	// Latency is how long the answer to the dot takes.
	Latency time.Duration
}

var errManners = errors.New("sink: limits and odds must not be negative, odds not above 1 in sum")

// Check refuses manners that nobody can have.
func (m Manners) Check() error {
	for _, n := range []float64{float64(m.Connections), float64(m.PerConnection), m.PerSecond, float64(m.Patience), m.Defer, m.Refuse, m.Unknown, m.Latency.Seconds()} {
		if n < 0 {
			return errManners
		}
	}
	if m.Defer+m.Refuse > 1 || m.Unknown > 1 {
		return errManners
	}
	return nil
}

// Provider returns manners like those that a provider is known or believed to have.
func Provider(name string) (Manners, error) {
	known := map[string]Manners{
		"docomo": {Connections: 4, PerConnection: 100, PerSecond: 15, Patience: 20, BlockTime: 10 * time.Minute, Latency: 200 * time.Millisecond},
		"au":     {Connections: 3, PerConnection: 80, PerSecond: 10, Patience: 30, BlockTime: 10 * time.Minute, Latency: 200 * time.Millisecond, Reset: true},
		"gmail":  {Connections: 20, PerConnection: 100, PerSecond: 200, Patience: 100, BlockTime: 5 * time.Minute, Latency: 400 * time.Millisecond},
		"icloud": {Connections: 10, PerConnection: 5, PerSecond: 50, Patience: 50, BlockTime: 15 * time.Minute, Latency: 150 * time.Millisecond},
		"yahoo":  {Connections: 10, PerConnection: 20, PerSecond: 60, Patience: 50, BlockTime: time.Hour, Latency: 300 * time.Millisecond},
	}
	m, ok := known[name]
	if !ok {
		return m, fmt.Errorf("sink: no provider %q: docomo, au, gmail, icloud or yahoo", name)
	}
	return m, nil
}

// Tally counts what a sink with manners did.
type Tally struct {
	// TurnedAway are connections over the limit, Closed those that had their number of
	// mails, Throttled mails over the rate, Blocked what came during a block.
	TurnedAway, Closed, Throttled, Blocked int64
	// Blocks counts how often patience ended.
	Blocks int64
	// Deferred, Refused and Unknown are the answers by odds.
	Deferred, Refused, Unknown int64
}

// keeper keeps a sink's limits.
type keeper struct {
	Manners
	mu      sync.Mutex
	open    int
	tokens  float64
	filled  time.Time
	strikes []time.Time
	blocked time.Time
	tally   Tally
}

// strikeTime is how long running into a limit is remembered.
const strikeTime = time.Minute

// The answers of a sink that keeps limits.
const (
	tooMany  = "421 4.7.0 too many connections from you\r\n"
	enough   = "421 4.7.0 too many messages on one connection\r\n"
	tooFast  = "451 4.7.1 rate limited, try again in 1 minute\r\n"
	blockedR = "554 5.7.1 your address is blocked for a while\r\n"
	later    = "451 4.3.0 try again later\r\n"
	refused  = "554 5.6.0 this content is not wanted\r\n"
	unknown  = "550 5.1.1 no such user here\r\n"
)

// enter says why a new connection is not served, "" if it is.
func (k *keeper) enter(now time.Time) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case now.Before(k.blocked):
		k.tally.Blocked++
		return blockedR
	case k.Connections > 0 && k.open >= k.Connections:
		k.tally.TurnedAway++
		k.strike(now)
		return tooMany
	}
	k.open++
	return ""
}

func (k *keeper) leave() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.open--
}

// mail says why a mail is not begun, "" if it is; nth counts it on its connection.
func (k *keeper) mail(nth int, now time.Time) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case now.Before(k.blocked):
		k.tally.Blocked++
		return blockedR
	case k.PerConnection > 0 && nth > k.PerConnection:
		k.tally.Closed++
		k.strike(now)
		return enough
	case !k.spend(now):
		k.tally.Throttled++
		k.strike(now)
		return tooFast
	}
	return ""
}

// spend takes a mail out of the second's ration.
func (k *keeper) spend(now time.Time) bool {
	if k.PerSecond == 0 {
		return true
	}
	most := max(1, k.PerSecond)
	if k.filled.IsZero() {
		k.tokens, k.filled = most, now
	}
	k.tokens = min(most, k.tokens+now.Sub(k.filled).Seconds()*k.PerSecond)
	k.filled = now
	if k.tokens < 1 {
		return false
	}
	k.tokens--
	return true
}

// strike notes that somebody ran into a limit, and ends the patience.
func (k *keeper) strike(now time.Time) {
	if k.Patience == 0 {
		return
	}
	for len(k.strikes) > 0 && now.Sub(k.strikes[0]) > strikeTime {
		k.strikes = k.strikes[1:]
	}
	if k.strikes = append(k.strikes, now); len(k.strikes) > k.Patience {
		k.blocked, k.strikes = now.Add(k.BlockTime), nil
		k.tally.Blocks++
	}
}

// recipient draws whether a user is known.
func (k *keeper) recipient() string {
	if k.Unknown == 0 || rand.Float64() >= k.Unknown {
		return ""
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.tally.Unknown++
	return unknown
}

// dot draws the answer to a whole mail, "" if it is taken.
func (k *keeper) dot() string {
	lot := rand.Float64()
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case lot < k.Defer:
		k.tally.Deferred++
		return later
	case lot < k.Defer+k.Refuse:
		k.tally.Refused++
		return refused
	}
	return ""
}
