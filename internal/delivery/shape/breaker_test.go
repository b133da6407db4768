package shape

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/reply"
)

// cell drives a breaker through time.
type cell struct {
	*testing.T
	b   *Breaker
	now time.Time
}

func tellCell(t *testing.T) *cell {
	t.Parallel()
	return &cell{T: t, b: NewBreaker(DefaultBreakerBounds()), now: monday}
}

var noSuchUser = reply.Verdict{Blame: reply.Recipient, Permanent: true, Unknown: true}

func (c *cell) see(n int, v reply.Verdict, text string) (turned bool) {
	for range n {
		c.now = c.now.Add(time.Second)
		turned = c.b.Observe(c.now, v, text)
	}
	return turned
}

func (c *cell) phase() Phase { return c.b.Status(c.now).Phase }

func TestUnknownUsersAlarmThenStopTheCell(t *testing.T) {
	c := tellCell(t)
	c.see(20, noSuchUser, "550 user unknown")
	if c.phase() != Closed {
		t.Fatal("tripped on too small a sample")
	}
	c = &cell{T: t, b: NewBreaker(DefaultBreakerBounds()), now: monday}
	c.see(985, reply.Verdict{}, "250 ok")
	c.see(12, noSuchUser, "550 user unknown")
	if s := c.b.Status(c.now); !s.Alarm || s.Phase != Closed {
		t.Fatalf("1.2 %% unknown: %+v", s)
	}
	c.see(8, noSuchUser, "550 user unknown")
	s := c.b.Status(c.now)
	if s.Phase != Closed || s.Unknown != 20 {
		t.Fatalf("1.99 %% unknown: %+v", s)
	}
	if !c.see(1, noSuchUser, "550 user unknown") {
		t.Fatal("2 % did not trip")
	}
	s = c.b.Status(c.now)
	if s.Phase != Open || s.Turns[0].Cause != ManyUnknown || s.Turns[0].Ratio < 0.02 || s.Turns[0].Reply != "550 user unknown" {
		t.Fatalf("got %+v", s)
	}
	if ok, again := c.b.Allow(c.now); ok || !again.Equal(s.Until) {
		t.Error("a mail of an open cell may go")
	}
}

func TestOldUnknownUsersAreForgotten(t *testing.T) {
	c := tellCell(t)
	c.see(185, reply.Verdict{}, "")
	c.see(3, noSuchUser, "")
	c.now = c.now.Add(DefaultBreakerBounds().Window)
	c.see(197, reply.Verdict{}, "")
	c.see(3, noSuchUser, "")
	if s := c.b.Status(c.now); s.Phase != Closed || s.Answers != 200 {
		t.Errorf("got %+v", s)
	}
}

func TestOneTrialMailDecidesAfterTheRest(t *testing.T) {
	c := tellCell(t)
	c.see(5, reply.Verdict{Blame: reply.SenderDomain, Permanent: true}, "550 5.7.26 unauthenticated")
	if s := c.b.Status(c.now); s.Phase != Open || s.Turns[0].Cause != NotAuthenticated {
		t.Fatalf("got %+v", s)
	}
	rest := DefaultBreakerBounds().Rest
	for range 7 {
		s := c.b.Status(c.now)
		if d := s.Until.Sub(c.now); d != rest {
			t.Fatalf("rests %v, want %v", d, rest)
		}
		c.now = s.Until.Add(-time.Second)
		if ok, _ := c.b.Allow(c.now); ok {
			t.Fatal("a mail before the rest was over")
		}
		c.now = s.Until
		if ok, _ := c.b.Allow(c.now); !ok {
			t.Fatal("no trial after the rest")
		}
		if ok, _ := c.b.Allow(c.now); ok || c.phase() != HalfOpen {
			t.Fatal("a second mail with the trial")
		}
		c.b.Observe(c.now, reply.Verdict{Blame: reply.SenderDomain, Permanent: true}, "550 5.7.26 unauthenticated")
		rest = min(2*rest, DefaultBreakerBounds().RestMost)
	}
	c.now = c.b.Status(c.now).Until
	if ok, _ := c.b.Allow(c.now); !ok {
		t.Fatal("no trial after the rest")
	}
	if c.b.Observe(c.now, reply.Verdict{Blame: reply.Rate}, "450 slow"); c.phase() != HalfOpen {
		t.Fatal("the rate says nothing about the cell")
	}
	if ok, _ := c.b.Allow(c.now); !ok {
		t.Fatal("no other trial after one that told nothing")
	}
	c.b.GiveBack(c.now)
	if ok, _ := c.b.Allow(c.now); !ok {
		t.Fatal("no other trial after one that did not go")
	}
	if !c.b.Observe(c.now, reply.Verdict{}, "250 ok") || c.phase() != Closed {
		t.Error("a mail that was taken did not close")
	}
	if ok, _ := c.b.Allow(c.now); !ok {
		t.Error("a closed cell may not send")
	}
}

func TestSomeRefusalsOfTheDomainAmongAcceptedMailsStopNothing(t *testing.T) {
	c := tellCell(t)
	for range 50 {
		c.see(4, reply.Verdict{Blame: reply.SenderDomain, Permanent: true}, "")
		c.see(1, reply.Verdict{}, "")
	}
	if c.phase() != Closed {
		t.Error("tripped")
	}
}

func TestABlocklistStopsAtOnce(t *testing.T) {
	c := tellCell(t)
	if c.see(1, reply.Verdict{Blame: reply.Content, Permanent: true}, "550 rbl mentioned in your text") {
		t.Error("a content was blamed, not our address")
	}
	if !c.see(1, reply.Verdict{Blame: reply.SenderIP, Permanent: true, Rule: "x.y"}, "554 5.7.1 blocked using Spamhaus") {
		t.Fatal("not tripped")
	}
	if s := c.b.Status(c.now); s.Turns[0].Cause != Blocklisted || s.Turns[0].Rule != "x.y" {
		t.Errorf("got %+v", s)
	}
}

func TestComplaintsStopTheCell(t *testing.T) {
	c := tellCell(t)
	if c.b.Complain(c.now) {
		t.Fatal("one complaint without any mail")
	}
	c.see(1000, reply.Verdict{}, "")
	if c.b.Complain(c.now) || !c.b.Complain(c.now) {
		t.Error("want a trip at the third complaint of a thousand mails")
	}
	if s := c.b.Status(c.now); s.Turns[0].Cause != ManyComplaints || s.Phase != Open {
		t.Errorf("got %+v", s)
	}
}

func TestAnOperatorCanClose(t *testing.T) {
	c := tellCell(t)
	c.see(1, reply.Verdict{Blame: reply.SenderIP}, "listed at dnsbl")
	c.b.Close(c.now, "op_1")
	s := c.b.Status(c.now)
	if s.Phase != Closed || s.Turns[0].By != "op_1" || s.Turns[0].Cause != ByOperator || s.Answers != 0 {
		t.Fatalf("got %+v", s)
	}
	c.see(1, reply.Verdict{Blame: reply.SenderIP}, "listed at dnsbl")
	if d := c.b.Status(c.now).Until.Sub(c.now); d != DefaultBreakerBounds().Rest {
		t.Errorf("rests %v after a person closed it", d)
	}
}

func TestABreakerSurvivesARestart(t *testing.T) {
	c := tellCell(t)
	c.see(300, reply.Verdict{}, "")
	c.see(20, noSuchUser, "550 unknown")
	text, err := json.Marshal(c.b.Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	var state BreakerState
	if err := json.Unmarshal(text, &state); err != nil {
		t.Fatal(err)
	}
	r := RestoreBreaker(DefaultBreakerBounds(), state)
	got, want := r.Status(c.now), c.b.Status(c.now)
	if got.Phase != Open || !got.Until.Equal(want.Until) || got.Answers != want.Answers || len(got.Turns) != len(want.Turns) {
		t.Errorf("restored %+v, want %+v", got, want)
	}
	if r := RestoreBreaker(DefaultBreakerBounds(), BreakerState{}); r.Status(c.now).Phase != Closed {
		t.Error("nothing stored is not open")
	}
}

func BenchmarkBreaker(b *testing.B) {
	br := NewBreaker(DefaultBreakerBounds())
	now := monday
	for b.Loop() {
		now = now.Add(time.Millisecond)
		br.Allow(now)
		br.Observe(now, reply.Verdict{}, "250 ok")
	}
}
