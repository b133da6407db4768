package shape

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/reply"
)

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// wide is a profile that leaves much to learn.
var wide = Bounds{
	Connections:   Range{Start: 4, Least: 1, Most: 20},
	PerConnection: Range{Start: 20, Least: 1, Most: 200},
	PerSecond:     Range{Start: 10, Least: 0.1, Most: 500},
}

// story drives a controller through time.
type story struct {
	*testing.T
	c   *Controller
	now time.Time
}

func tell(t *testing.T, b Bounds) *story {
	t.Parallel()
	return &story{T: t, c: New(b, monday), now: monday}
}

func (s *story) pass(d time.Duration) { s.now = s.now.Add(d) }

func (s *story) limits() Limits { return s.c.Limits(s.now) }

func (s *story) see(x Sample) { s.c.Observe(s.now, x) }

// fresh sees a sample that was begun just now, after whatever came before.
func (s *story) fresh(x Sample) {
	s.pass(time.Millisecond)
	x.Begun = s.now
	s.see(x)
}

// busy has the lane send in full use of its limits for a while, all accepted.
func (s *story) busy(d time.Duration) {
	for end := s.now.Add(d); s.now.Before(end); {
		l := s.limits()
		for range 3 {
			for s.c.Take(s.now) == 0 {
				if l.PerSecond == 0 {
					break
				}
				s.see(Sample{Nth: 1, Open: l.Connections, Begun: s.now})
			}
		}
		s.pass(50 * time.Millisecond)
	}
}

func verdict(b reply.Blame) reply.Verdict { return reply.Verdict{Blame: b, Rule: "test.rule"} }

func TestACohortOfSuccessesAddsOneConnection(t *testing.T) {
	s := tell(t, Bounds{Connections: Range{Start: 4, Least: 1, Most: 20}})
	for range 3 {
		s.fresh(Sample{Nth: 1, Open: 4})
	}
	if n := s.limits().Connections; n != 4 {
		t.Fatalf("%d connections before the cohort was complete", n)
	}
	s.fresh(Sample{Nth: 1, Open: 4})
	if n := s.limits().Connections; n != 5 {
		t.Fatalf("%d connections after a cohort of 4, want 5", n)
	}
	for range 100 {
		s.fresh(Sample{Nth: 1, Open: 3})
	}
	if n := s.limits().Connections; n != 5 {
		t.Errorf("a limit that was not in use grew to %d", n)
	}
}

func TestRecipientAndContentMoveNothing(t *testing.T) {
	s := tell(t, wide)
	before := s.limits()
	for _, b := range []reply.Blame{reply.Recipient, reply.Content, reply.Protocol} {
		for n := range 50 {
			s.fresh(Sample{Verdict: reply.Verdict{Blame: b, Permanent: true, Unknown: true}, Nth: n + 1, Open: 4})
		}
	}
	if s.limits() != before || len(s.c.Decisions()) != 0 {
		t.Errorf("limits %+v became %+v: %+v", before, s.limits(), s.c.Decisions())
	}
}

func TestTheFirstRefusalOfACohortCutsAndOnlyThat(t *testing.T) {
	s := tell(t, wide)
	s.busy(5 * time.Second)
	begun := s.now
	s.pass(time.Second)
	s.see(Sample{Verdict: verdict(reply.Rate), Nth: 3, Open: 4, Begun: begun})
	cut := s.limits()
	if cut.PerSecond >= 10 {
		t.Fatalf("rate %g was not cut", cut.PerSecond)
	}
	for range 30 {
		s.pass(time.Millisecond)
		s.see(Sample{Verdict: verdict(reply.Rate), Nth: 3, Open: 4, Begun: begun})
	}
	if s.limits() != cut {
		t.Errorf("the same cohort cut again: %+v, then %+v", cut, s.limits())
	}
	s.pass(10 * time.Second)
	s.fresh(Sample{Verdict: verdict(reply.Rate), Nth: 3, Open: 4})
	if s.limits().PerSecond >= cut.PerSecond {
		t.Error("the next cohort was not cut")
	}
}

func TestTheLengthOfAConnectionIsLearnedExactly(t *testing.T) {
	s := tell(t, wide)
	for n := 1; n <= 7; n++ {
		s.fresh(Sample{Nth: n, Open: 1})
	}
	s.fresh(Sample{Verdict: verdict(reply.Rate), Broken: true, Stage: "mail", Nth: 8, Open: 1, Reply: "421 too many messages"})
	l := s.limits()
	if l.PerConnection != 7 || l.Connections != 4 || l.PerSecond != 10 {
		t.Fatalf("got %+v, want 7 mails a connection and nothing else moved", l)
	}
	d := s.c.Decisions()[0]
	if d.What != PerConnection || d.From != 20 || d.To != 7 || d.Why != BrokenOff || d.Rule != "test.rule" || d.Reply != "421 too many messages" {
		t.Errorf("the decision says %+v", d)
	}
	for n := 1; n <= 7; n++ {
		s.fresh(Sample{Nth: n, Open: 1})
	}
	if s.limits().PerConnection != 7 {
		t.Error("one more was tried at once")
	}
}

func TestAHangUpWithoutWordsTeachesToo(t *testing.T) {
	s := tell(t, wide)
	for n := 1; n <= 5; n++ {
		s.fresh(Sample{Nth: n, Open: 1})
	}
	s.fresh(Sample{Broken: true, Nth: 6, Open: 1})
	if l := s.limits(); l.PerConnection != 5 || !l.PausedUntil.IsZero() {
		t.Errorf("got %+v", l)
	}
}

func TestAConnectionClosedWhileIdleTeachesNothing(t *testing.T) {
	s := tell(t, wide)
	before := s.limits()
	for n := 1; n <= 5; n++ {
		s.fresh(Sample{Nth: n, Open: 1})
	}
	s.fresh(Sample{Broken: true, Nth: 6, Open: 1, Idle: 30 * time.Second})
	s.fresh(Sample{Verdict: verdict(reply.Receiver), Broken: true, Nth: 6, Open: 1, Idle: 30 * time.Second})
	if s.limits() != before {
		t.Errorf("%+v became %+v", before, s.limits())
	}
}

func TestHangUpsAtManyPositionsAreNoLengthOfAConnection(t *testing.T) {
	s := tell(t, wide)
	for n := 1; n <= 12; n++ {
		s.fresh(Sample{Nth: n, Open: 2})
	}
	s.fresh(Sample{Verdict: verdict(reply.Rate), Broken: true, Nth: 13, Open: 2})
	s.fresh(Sample{Verdict: verdict(reply.Rate), Broken: true, Nth: 4, Open: 2})
	l := s.limits()
	if l.PerConnection != 20 || l.PerSecond >= 10 {
		t.Errorf("got %+v, want the rate cut and the length back at 20", l)
	}
}

func TestRefusalsAtOnePositionWithoutHangUpAreTheLengthOfAConnection(t *testing.T) {
	s := tell(t, wide)
	for range samePositions {
		s.pass(time.Minute)
		for n := 1; n <= 10; n++ {
			s.fresh(Sample{Nth: n, Open: 1})
		}
		s.fresh(Sample{Verdict: verdict(reply.Rate), Nth: 11, Open: 1})
	}
	if l := s.limits(); l.PerConnection != 10 {
		t.Errorf("got %+v, want 10 mails a connection", l)
	}
}

func TestARefusedConnectionTeachesHowManyAreAllowed(t *testing.T) {
	s := tell(t, Bounds{Connections: Range{Start: 6, Least: 1, Most: 20}})
	for open := 1; open <= 5; open++ {
		s.fresh(Sample{Open: open, Greeting: 50 * time.Millisecond})
	}
	s.fresh(Sample{Verdict: verdict(reply.Rate), Broken: true, Stage: "connect", Open: 6})
	if n := s.limits().Connections; n != 5 {
		t.Fatalf("%d connections, want the 5 that were allowed", n)
	}
	for range 200 {
		s.fresh(Sample{Nth: 1, Open: 5})
	}
	s.pass(openQuiet / 2)
	s.fresh(Sample{Nth: 1, Open: 5})
	if n := s.limits().Connections; n != 5 {
		t.Fatalf("%d connections: the refused number was tried too soon", n)
	}
	s.pass(openQuiet)
	s.fresh(Sample{Nth: 1, Open: 5})
	if n := s.limits().Connections; n != 6 {
		t.Errorf("%d connections: the refused number was not tried after the quiet", n)
	}
}

func TestARefusalThatSaysNothingExactCutsByAShare(t *testing.T) {
	s := tell(t, Bounds{Connections: Range{Start: 16, Least: 2, Most: 20}})
	s.fresh(Sample{Verdict: verdict(reply.Rate), Broken: true, Open: 16})
	first := s.limits().Connections
	if first != 11 {
		t.Fatalf("%d connections, want three quarters of 15", first)
	}
	for range 20 {
		s.pass(10 * time.Second)
		s.fresh(Sample{Nth: 1, Open: 1}) // some are taken, so that the lane does not rest
		s.fresh(Sample{Verdict: verdict(reply.Rate), Broken: true, Open: 8})
	}
	if n := s.limits().Connections; n != 2 {
		t.Errorf("%d connections, want the least", n)
	}
}

func TestOutOfOrderTakesOneConnectionAway(t *testing.T) {
	s := tell(t, wide)
	s.fresh(Sample{Verdict: verdict(reply.Receiver), Nth: 2, Open: 4})
	if l := s.limits(); l.Connections != 3 || l.PerSecond != 10 || l.PerConnection != 20 {
		t.Errorf("got %+v", l)
	}
}

func TestTheRateIsMeasuredBetweenTwoRefusals(t *testing.T) {
	s := tell(t, wide)
	s.busy(30 * time.Second)
	s.fresh(Sample{Verdict: verdict(reply.Rate), Nth: 2, Open: 4})
	s.pass(3 * time.Second)
	s.busy(time.Minute)
	if l := s.limits(); l.PerSecond < 7 {
		t.Errorf("%g a second after a minute of quiet: no step back", l.PerSecond)
	}
	d := s.c.Decisions()
	if d[0].What != PerSecond || d[0].Why != Recovered {
		t.Errorf("the last decision is %+v", d[0])
	}
}

func TestWithoutBoundTheRateIsFoundFromWhatWasSent(t *testing.T) {
	s := tell(t, Bounds{Connections: Range{Start: 2, Most: 2}})
	if s.limits().PerSecond != 0 || !s.c.free.Load() {
		t.Fatalf("a rate bound from nowhere: %+v", s.limits())
	}
	for range 400 {
		s.pass(50 * time.Millisecond)
		s.see(Sample{Nth: 1, Open: 2, Begun: s.now})
	}
	s.fresh(Sample{Verdict: verdict(reply.Rate), Nth: 1, Open: 2})
	if r := s.limits().PerSecond; r < 12 || r > 15 {
		t.Errorf("%g a second, want 70 %% of 20", r)
	}
}

// TestTheRateOfABucketIsFoundAndSeldomPassed: a receiver with 8 mails a second.
func TestTheRateOfABucketIsFoundAndSeldomPassed(t *testing.T) {
	s := tell(t, wide)
	tokens, refused, taken := 40.0, 0, 0
	for i := range 2 * 3600 * 20 {
		if i == 3600*20 {
			refused, taken = 0, 0 // the first hour is for learning
		}
		s.pass(50 * time.Millisecond)
		tokens = min(tokens+8*0.05, 40)
		for s.c.Take(s.now) == 0 {
			x := Sample{Nth: 2, Open: 4, Begun: s.now}
			if tokens < 1 {
				x.Verdict = verdict(reply.Rate)
				refused++
			} else {
				tokens--
				taken++
			}
			s.see(x)
		}
	}
	if rate := float64(taken) / 3600; rate < 7.4 || rate > 8.1 || refused > 12 {
		t.Errorf("%.2f mails a second taken, %d refused in the second hour; want 8 and few", rate, refused)
	}
}

func TestABlockedSenderThatSentNothingKeepsItsRate(t *testing.T) {
	s := tell(t, Bounds{Connections: Range{Start: 4, Most: 10}})
	s.fresh(Sample{Verdict: verdict(reply.SenderIP), Broken: true, Open: 1})
	if l := s.limits(); l.PerSecond != 0 || l.Connections != 2 {
		t.Errorf("got %+v", l)
	}
}

func TestAnExplicitWaitIsHonoured(t *testing.T) {
	s := tell(t, wide)
	v := verdict(reply.Rate)
	v.Wait = 3 * time.Minute
	s.fresh(Sample{Verdict: v, Nth: 2, Open: 4, Reply: "450 try again in 3 minutes"})
	if until := s.limits().PausedUntil; !until.Equal(s.now.Add(v.Wait)) {
		t.Fatalf("paused until %v", until)
	}
	if wait := s.c.Take(s.now); wait != v.Wait {
		t.Errorf("Take says %v", wait)
	}
	s.pass(v.Wait)
	if wait := s.c.Take(s.now); wait > time.Second {
		t.Errorf("after the wait Take says %v", wait)
	}
	v.Wait, v.Blame = time.Hour, reply.Recipient
	s.fresh(Sample{Verdict: v, Nth: 2, Open: 4})
	if until := s.limits().PausedUntil; until.After(s.now) {
		t.Error("what one mailbox asked for stopped the lane")
	}
	v.Wait, v.Blame = 365*24*time.Hour, reply.Rate
	s.fresh(Sample{Verdict: v, Nth: 2, Open: 4})
	if until := s.limits().PausedUntil; until.After(s.now.Add(waitMost)) {
		t.Errorf("a server may stop us until %v", until)
	}
}

func TestRepeatedSenderBlameRestsLongerAndLongerAndProbesWithOneMail(t *testing.T) {
	s := tell(t, wide)
	s.busy(3 * time.Second)
	blamed := Sample{Verdict: verdict(reply.SenderIP), Nth: 1, Open: 4}
	s.fresh(blamed)
	if l := s.limits(); !l.PausedUntil.IsZero() || l.Connections != 2 || l.PerSecond > 6 {
		t.Fatalf("once blamed: %+v", l)
	}
	s.pass(time.Minute)
	s.fresh(blamed)
	want := blamedFirst
	for range 8 {
		l := s.limits()
		if d := l.PausedUntil.Sub(s.now); d != want {
			t.Fatalf("rests %v, want %v", d, want)
		}
		s.pass(want - time.Millisecond)
		if s.c.Take(s.now) == 0 {
			t.Fatal("a mail went while resting")
		}
		s.pass(time.Millisecond)
		if l := s.limits(); !l.Probe || l.Connections != 1 || l.PerConnection != 1 {
			t.Fatalf("after the rest: %+v", l)
		}
		if s.c.Take(s.now) != 0 {
			t.Fatal("no probe went")
		}
		if s.c.Take(s.now) == 0 {
			t.Fatal("a second mail went with the probe")
		}
		s.fresh(Sample{Verdict: verdict(reply.SenderIP), Nth: 1, Open: 1})
		want = min(2*want, blamedMost)
	}
	s.pass(want)
	if s.c.Take(s.now) != 0 {
		t.Fatal("no probe went")
	}
	s.fresh(Sample{Nth: 1, Open: 1})
	if l := s.limits(); l.Probe || !l.PausedUntil.IsZero() || l.Connections != 1 || l.PerSecond >= 3 {
		t.Errorf("after the probe was taken: %+v", l)
	}
}

func TestAProbeThatWasGivenBackOrLostIsMadeAgain(t *testing.T) {
	s := tell(t, wide)
	for range strikesLeast {
		s.pass(5 * time.Second)
		s.fresh(Sample{Verdict: verdict(reply.Rate), Broken: true, Open: 1})
	}
	s.pass(restMost)
	if s.c.Take(s.now) != 0 || s.c.Take(s.now) == 0 {
		t.Fatal("want one probe")
	}
	s.c.GiveBack(s.now)
	if s.c.Take(s.now) != 0 || s.c.Take(s.now) == 0 {
		t.Fatal("want one probe after it was given back")
	}
	s.pass(probePatience)
	if s.c.Take(s.now) != 0 {
		t.Fatal("want another probe when the first never came back")
	}
	s.fresh(Sample{Verdict: reply.Verdict{Blame: reply.Recipient, Permanent: true, Unknown: true}, Nth: 1, Open: 1})
	if s.limits().Probe {
		t.Error("a receiver that talks about the mailbox talks to us again")
	}
}

func TestNothingTakenRests(t *testing.T) {
	s := tell(t, wide)
	for range strikesLeast - 1 {
		s.pass(5 * time.Second)
		s.fresh(Sample{Verdict: verdict(reply.Receiver), Open: 1})
	}
	if s.limits().Probe {
		t.Fatal("rests too soon")
	}
	s.fresh(Sample{Nth: 1, Open: 1})
	s.pass(5 * time.Second)
	s.fresh(Sample{Verdict: verdict(reply.Receiver), Open: 1})
	if s.limits().Probe {
		t.Fatal("a mail was taken in between")
	}
	for range strikesLeast - 1 {
		s.pass(5 * time.Second)
		s.fresh(Sample{Verdict: verdict(reply.Receiver), Open: 1})
	}
	if l := s.limits(); l.PausedUntil.Sub(s.now) != restFirst {
		t.Errorf("got %+v", l)
	}
}

func TestARefusedDomainAmongOthersDoesNotStopTheLane(t *testing.T) {
	s := tell(t, wide)
	for range 20 {
		s.pass(time.Minute)
		s.fresh(Sample{Verdict: verdict(reply.SenderDomain), Nth: 2, Open: 4})
		s.fresh(Sample{Nth: 2, Open: 4})
	}
	if l := s.limits(); l.Probe || l.PausedUntil.After(s.now) {
		t.Errorf("got %+v", l)
	}
}

func TestLaterAndLaterGreetingsStepDown(t *testing.T) {
	s := tell(t, Bounds{Connections: Range{Start: 10, Least: 2, Most: 20}})
	for range 40 {
		s.pass(time.Second)
		s.fresh(Sample{Open: 5, Greeting: 100 * time.Millisecond})
	}
	if s.limits().Connections != 10 {
		t.Fatal("steady greetings moved something")
	}
	for range 40 {
		s.pass(time.Second)
		s.fresh(Sample{Open: 10, Greeting: 1500 * time.Millisecond})
		s.fresh(Sample{Nth: 1, Open: 10})
	}
	l, d := s.limits(), s.c.Decisions()
	if l.Connections >= 10 || d[0].Why != Slower {
		t.Errorf("got %+v, %+v", l, d)
	}
}

func TestOnlyTwentyDecisionsAreKept(t *testing.T) {
	s := tell(t, wide)
	for i := range 50 {
		s.busy(30 * time.Second)
		v := verdict(reply.Rate)
		v.Rule = fmt.Sprint(i)
		s.fresh(Sample{Verdict: v, Nth: 1, Open: 4, Reply: strings.Repeat("x", 1000)})
	}
	d := s.c.Decisions()
	if len(d) != decisionsKept || !d[0].At.After(d[1].At) || len(d[0].Reply) > replyKept {
		t.Errorf("%d decisions, the first %+v", len(d), d[0])
	}
}

func TestStepsOfGrowthAreOneDecision(t *testing.T) {
	s := tell(t, Bounds{Connections: Range{Start: 1, Least: 1, Most: 20}})
	for range 1000 {
		s.fresh(Sample{Nth: 1, Open: s.limits().Connections})
	}
	d := s.c.Decisions()
	if len(d) != 1 || d[0].From != 1 || d[0].To != 20 || d[0].Why != Grown {
		t.Errorf("got %+v", d)
	}
}

func TestWhatWasLearnedSurvivesAndAges(t *testing.T) {
	s := tell(t, wide)
	s.c.open.value, s.c.per.value, s.c.rate.value = 12, 100, 90
	s.c.per.refused, s.c.open.refused = 101, 13
	v := verdict(reply.Rate)
	v.Wait = time.Hour
	s.fresh(Sample{Verdict: v, Nth: 3, Open: 2})
	text, err := json.Marshal(s.c.Snapshot(s.now))
	if err != nil {
		t.Fatal(err)
	}
	var state State
	if err := json.Unmarshal(text, &state); err != nil {
		t.Fatal(err)
	}
	same := Restore(wide, state, s.now)
	if got, want := same.Limits(s.now), s.limits(); !got.PausedUntil.Equal(want.PausedUntil) || got.Connections != want.Connections ||
		got.PerConnection != want.PerConnection || got.PerSecond != want.PerSecond || got.Probe != want.Probe {
		t.Errorf("restored %+v, want %+v", got, want)
	}
	if len(same.Decisions()) != len(s.c.Decisions()) || same.open.refused != 13 || same.rate.refused != s.c.rate.refused {
		t.Error("findings or decisions were lost")
	}
	half := Restore(wide, state, s.now.Add(halfLife))
	if half.open.value != 8 || half.per.value != 60 {
		t.Errorf("after the half-life: %g connections, %d mails each", half.open.value, half.per.value)
	}
	old := Restore(wide, state, s.now.Add(100*24*time.Hour))
	if old.open.value != 4 || old.per.value != 20 || old.open.refused != 0 {
		t.Errorf("after months: %g connections, %d mails each", old.open.value, old.per.value)
	}
	narrow := Restore(Bounds{Connections: Range{Start: 2, Least: 1, Most: 3}, PerSecond: Range{Most: 1}}, state, s.now)
	if narrow.open.value > 3 || narrow.rate.value > 1 {
		t.Errorf("restored beyond the bounds: %+v", narrow.Limits(s.now))
	}
}

func TestNewBoundsHoldAtOnce(t *testing.T) {
	s := tell(t, wide)
	s.c.SetBounds(Bounds{Connections: Range{Most: 2}, PerConnection: Range{Most: 5}, PerSecond: Range{Most: 1}}, s.now)
	if l := s.limits(); l.Connections != 2 || l.PerConnection != 5 || l.PerSecond != 1 {
		t.Errorf("got %+v", l)
	}
}

func TestTakeKeepsTheRate(t *testing.T) {
	s := tell(t, Bounds{PerSecond: Range{Start: 25, Least: 25, Most: 25}})
	sent := 0
	for end := s.now.Add(10 * time.Second); s.now.Before(end); {
		wait := s.c.Take(s.now)
		if wait == 0 {
			sent++
			continue
		}
		s.pass(wait)
	}
	if sent < 248 || sent > 254 {
		t.Errorf("%d mails in 10 s, want 250", sent)
	}
	s.c.Take(s.now)
	before := s.c.rate.tokens
	s.c.GiveBack(s.now)
	if s.c.rate.tokens <= before {
		t.Error("what was given back is lost")
	}
}

// TestLimitsStayInsideTheirBounds: whatever is seen, in whatever order.
func TestLimitsStayInsideTheirBounds(t *testing.T) {
	t.Parallel()
	blames := []reply.Blame{
		reply.None, reply.None, reply.None, reply.Recipient, reply.Content, reply.SenderIP,
		reply.SenderDomain, reply.Rate, reply.Receiver, reply.Protocol,
	}
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		span := func(most float64) Range {
			least := 1 + r.Float64()*most
			return Range{Start: r.Float64() * 2 * most, Least: least, Most: least + r.Float64()*most}
		}
		b := Bounds{Connections: span(20), PerConnection: span(100), PerSecond: span(50)}
		b.Connections.Least, b.PerConnection.Least = float64(int(b.Connections.Least)), float64(int(b.PerConnection.Least))
		c, now := New(b, monday), monday
		for range 2000 {
			now = now.Add(time.Duration(r.ExpFloat64() * float64(5*time.Second)))
			c.Take(now)
			v := reply.Verdict{Blame: blames[r.IntN(len(blames))]}
			if r.IntN(50) == 0 {
				v.Wait = time.Duration(r.IntN(600)) * time.Second
			}
			c.Observe(now, Sample{
				Verdict: v, Broken: r.IntN(4) == 0, Nth: r.IntN(30), Open: 1 + r.IntN(25),
				Begun: now.Add(-time.Duration(r.IntN(3000)) * time.Millisecond), Greeting: time.Duration(r.IntN(2000)) * time.Millisecond,
			})
			l := c.Limits(now)
			if l.Probe {
				continue
			}
			outside := func(v float64, g Range) bool { return v < g.Least-1e-9 || v > g.Most+1e-9 }
			if outside(float64(l.Connections), b.Connections) || outside(float64(l.PerConnection), b.PerConnection) || outside(l.PerSecond, b.PerSecond) {
				t.Fatalf("seed %d: %+v is outside %+v", seed, l, b)
			}
		}
	}
}

// TestNothingFallsUnderPureSuccess: steady delays, everything accepted.
func TestNothingFallsUnderPureSuccess(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 2))
		c, now := New(wide, monday), monday
		last := c.Limits(now)
		for i := range 3000 {
			now = now.Add(time.Duration(r.ExpFloat64() * float64(20*time.Millisecond)))
			if i%1000 > 500 { // now the rate is in use, now the connections are
				c.Take(now)
			}
			c.Observe(now, Sample{Nth: 1 + r.IntN(last.PerConnection), Open: last.Connections, Begun: now, Dot: 300 * time.Millisecond})
			l := c.Limits(now)
			if l.Connections < last.Connections || l.PerConnection < last.PerConnection || l.PerSecond < last.PerSecond || l.Probe || !l.PausedUntil.IsZero() {
				t.Fatalf("seed %d: %+v fell to %+v", seed, last, l)
			}
			last = l
		}
		if last.Connections <= 4 || last.PerConnection <= 20 {
			t.Errorf("seed %d: nothing grew: %+v", seed, last)
		}
	}
}

// TestACohortIsCutOnce: of all that was begun before a cut, nothing cuts again.
func TestACohortIsCutOnce(t *testing.T) {
	t.Parallel()
	moving := []reply.Blame{reply.SenderIP, reply.SenderDomain, reply.Rate, reply.Receiver}
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 3))
		c, now := New(wide, monday), monday
		for i := range 100 {
			now = now.Add(100 * time.Millisecond)
			c.Observe(now, Sample{Nth: 1 + i%20, Open: 4, Begun: now})
		}
		begun := now
		now = now.Add(time.Second)
		first := Sample{Verdict: verdict(moving[r.IntN(len(moving))]), Nth: 1, Open: 4, Begun: begun}
		c.Observe(now, first)
		cut := c.Limits(now)
		for range 20 {
			now = now.Add(10 * time.Millisecond)
			c.Observe(now, Sample{Verdict: verdict(moving[r.IntN(len(moving))]), Nth: r.IntN(20), Open: 1 + r.IntN(4), Begun: begun, Broken: r.IntN(2) == 0})
		}
		l := c.Limits(now)
		if l.Connections != cut.Connections || l.PerSecond != cut.PerSecond || l.PerConnection != cut.PerConnection || l.Probe {
			t.Fatalf("seed %d: cut to %+v by %s, then to %+v", seed, cut, first.Verdict.Blame, l)
		}
	}
}

func TestAWaitIsNeverRoundedToALeave(t *testing.T) {
	s := tell(t, Bounds{PerSecond: Range{Start: 256, Least: 256, Most: 256}})
	s.c.Take(s.now)
	s.c.rate.tokens = 1 - 1e-12
	if s.c.Take(s.now) == 0 {
		t.Error("a leave without a token")
	}
}

func BenchmarkObserveAccepted(b *testing.B) {
	c := New(wide, monday)
	now := monday
	for b.Loop() {
		now = now.Add(time.Millisecond)
		c.Observe(now, Sample{Nth: 3, Open: 4, Begun: now, Dot: 300 * time.Millisecond})
	}
}

func BenchmarkObserveRefused(b *testing.B) {
	c := New(wide, monday)
	now := monday
	for b.Loop() {
		now = now.Add(time.Millisecond)
		c.Observe(now, Sample{Verdict: reply.Verdict{Blame: reply.Rate}, Nth: 1, Open: 4, Begun: now, Reply: "421 slow down"})
	}
}

func BenchmarkTake(b *testing.B) {
	c := New(Bounds{PerSecond: Range{Start: 1e5, Most: 1e5}}, monday)
	now := monday
	for b.Loop() {
		now = now.Add(10 * time.Microsecond)
		c.Take(now)
	}
}

func BenchmarkTakeUnlimited(b *testing.B) {
	c := New(Bounds{}, monday)
	for b.Loop() {
		c.Take(monday)
	}
}
