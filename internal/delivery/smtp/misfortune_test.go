package smtp_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/daemontest"
	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
	"github.com/kyodaku/kyodaku/internal/delivery/smtptest"
)

// misfortune is one way in which a server can fail in a transaction, and what the
// client must know afterwards.
type misfortune struct {
	name   string
	script []smtptest.Step // after the greeting with PIPELINING
	stage  smtp.Stage
	kind   smtp.Kind
	code   int
	// What the result must say.
	dot, uncertain, temporary, reset, usable bool
}

func misfortunes() []misfortune {
	commands := smtptest.Expect("MAIL", "RCPT", "DATA")
	say, hangup := smtptest.Say, smtptest.Hangup()
	steps := func(s ...smtptest.Step) []smtptest.Step { return s }
	taken := smtptest.Script(smtptest.Envelope(), steps(smtptest.Message()))
	return []misfortune{
		{name: "hang-up in MAIL", script: steps(commands, hangup), stage: smtp.StageMail, kind: smtp.KindClosed, temporary: true},
		{name: "hang-up in RCPT", script: steps(commands, say("250 ok"), hangup), stage: smtp.StageRcpt, kind: smtp.KindClosed, temporary: true},
		{name: "hang-up in DATA", script: steps(commands, say("250 ok", "250 ok"), hangup), stage: smtp.StageData, kind: smtp.KindClosed, temporary: true},
		{name: "hang-up after the dot", script: smtptest.Script(taken, steps(hangup)), stage: smtp.StageAfterDot, kind: smtp.KindClosed, dot: true, uncertain: true, temporary: true},
		{name: "reset after the dot", script: smtptest.Script(taken, steps(smtptest.Reset())), stage: smtp.StageAfterDot, kind: smtp.KindReset, dot: true, uncertain: true, temporary: true, reset: true},
		{name: "reset in MAIL", script: steps(smtptest.ReadSome(4), smtptest.Reset()), stage: smtp.StageMail, kind: smtp.KindReset, temporary: true, reset: true},
		{name: "silence after the dot", script: smtptest.Script(taken, steps(smtptest.Idle())), stage: smtp.StageAfterDot, kind: smtp.KindTimeout, dot: true, uncertain: true, temporary: true},
		{name: "nonsense after the dot", script: smtptest.Script(taken, steps(say("999 what"))), stage: smtp.StageAfterDot, kind: smtp.KindProtocol, dot: true, uncertain: true, temporary: true},
		{name: "354 after the dot", script: smtptest.Script(taken, steps(say("354 more?"))), stage: smtp.StageAfterDot, kind: smtp.KindProtocol, code: 354, dot: true, uncertain: true, temporary: true},
		{name: "4xx after the dot", script: smtptest.Script(taken, steps(say("451 4.7.1 later"))), stage: smtp.StageAfterDot, kind: smtp.KindRefused, code: 451, dot: true, temporary: true, usable: true},
		{name: "5xx after the dot", script: smtptest.Script(taken, steps(say("554 5.7.1 spam"))), stage: smtp.StageAfterDot, kind: smtp.KindRefused, code: 554, dot: true, usable: true},
		{name: "421 after the dot", script: smtptest.Script(taken, steps(say("421 4.3.2 going down"))), stage: smtp.StageAfterDot, kind: smtp.KindRefused, code: 421, dot: true, temporary: true},
		{name: "421 to MAIL", script: steps(commands, say("421 4.7.0 too many"), hangup), stage: smtp.StageMail, kind: smtp.KindRefused, code: 421, temporary: true},
		{name: "421 to RCPT, then silence", script: steps(commands, say("250 ok", "421 4.7.0 slow down"), smtptest.Idle()), stage: smtp.StageRcpt, kind: smtp.KindRefused, code: 421, temporary: true},
		{name: "552 to MAIL", script: steps(commands, say("552 5.3.4 too big", "503 no", "503 no")), stage: smtp.StageMail, kind: smtp.KindRefused, code: 552, usable: true},
		{name: "5xx to RCPT, then hang-up", script: steps(commands, say("250 ok", "550 5.1.1 unknown"), hangup), stage: smtp.StageRcpt, kind: smtp.KindRefused, code: 550},
		{name: "5xx to RCPT, DATA accepted all the same", script: steps(commands, say("250 ok", "550 5.1.1 unknown", "354 go")), stage: smtp.StageRcpt, kind: smtp.KindRefused, code: 550},
		{name: "4xx to DATA", script: steps(commands, say("250 ok", "250 ok", "451 4.3.0 disk")), stage: smtp.StageData, kind: smtp.KindRefused, code: 451, temporary: true, usable: true},
		{name: "2xx to DATA", script: steps(commands, say("250 ok", "250 ok", "250 what")), stage: smtp.StageData, kind: smtp.KindProtocol, code: 250, temporary: true},
		{name: "idle in MAIL", script: steps(commands, smtptest.Idle()), stage: smtp.StageMail, kind: smtp.KindTimeout, temporary: true},
		{name: "slow drip", script: steps(commands, smtptest.Drip("250-"+strings.Repeat("a", 400), 5*time.Millisecond)), stage: smtp.StageMail, kind: smtp.KindTimeout, temporary: true},
		{name: "endless line", script: steps(commands, say("250 "+strings.Repeat("a", 5000))), stage: smtp.StageMail, kind: smtp.KindProtocol, temporary: true},
		{name: "endless reply", script: steps(commands, say(strings.Repeat("250-a\r\n", 200))), stage: smtp.StageMail, kind: smtp.KindProtocol, temporary: true},
		{name: "code changes within a reply", script: steps(commands, say("250-a", "550 b")), stage: smtp.StageMail, kind: smtp.KindProtocol, temporary: true},
	}
}

func TestMisfortunes(t *testing.T) {
	t.Parallel()
	for _, m := range misfortunes() {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			m.run(t)
		})
	}
}

func (m misfortune) run(t *testing.T) {
	srv := smtptest.Start(t, smtptest.Script(smtptest.Greet("PIPELINING"), m.script))
	to := target(srv)
	to.Timeouts.Mail, to.Timeouts.Dot = 300*time.Millisecond, 300*time.Millisecond
	s := dial(t, to)
	res, err := s.Deliver(t.Context(), envelope, []byte(letter), &smtptest.Fence{})
	e := refused(t, err, m.stage, m.kind)
	if e.Reply.Code != m.code || res.Reply.Code != m.code || res.Stage != m.stage {
		t.Errorf("reply is %v, result %+v", e.Reply, res)
	}
	if res.Accepted || res.DotSent != m.dot || res.Uncertain() != m.uncertain || res.Temporary != m.temporary || res.Reset != m.reset {
		t.Errorf("result is %+v, uncertain %v", res, res.Uncertain())
	}
	if s.Usable() != m.usable {
		t.Errorf("usable is %v", s.Usable())
	}
	_ = s.Close()
	if sent := strings.Contains(srv.Seen(0), "\r\n.\r\n"); sent != m.dot {
		t.Errorf("the server saw the dot: %v", sent)
	}
}

func TestHangupWhileIdle(t *testing.T) {
	t.Parallel()
	for name, last := range map[string]smtptest.Step{
		"closed": smtptest.Hangup(), "reset": smtptest.Reset(), "421": smtptest.Say("421 idle too long"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now, done := make(chan struct{}), make(chan struct{})
			srv := smtptest.Start(t, smtptest.Script(smtptest.Greet("PIPELINING"), smtptest.Take(), []smtptest.Step{
				smtptest.Do(func() { <-now; close(done) }), last,
			}))
			s := dial(t, target(srv))
			if _, err := s.Deliver(t.Context(), envelope, []byte(letter), &smtptest.Fence{}); err != nil || !s.Usable() {
				t.Fatalf("first mail: %v", err)
			}
			close(now)
			<-done
			for deadline := time.Now().Add(5 * time.Second); s.Usable(); {
				if time.Now().After(deadline) {
					t.Fatal("a dead session looks usable")
				}
			}
		})
	}
}

func TestDeathWhileIdleIsSeenByTheNextMail(t *testing.T) {
	t.Parallel()
	gone := make(chan struct{})
	srv := smtptest.Start(t, smtptest.Script(smtptest.Greet("PIPELINING"), smtptest.Take(), []smtptest.Step{
		smtptest.Do(func() { close(gone) }), smtptest.Hangup(),
	}))
	s := dial(t, target(srv))
	if _, err := s.Deliver(t.Context(), envelope, []byte(letter), &smtptest.Fence{}); err != nil {
		t.Fatal(err)
	}
	<-gone
	srv.Seen(0)
	res, err := s.Deliver(t.Context(), envelope, []byte(letter), &smtptest.Fence{})
	if err == nil || !res.Reused || res.DotSent || !res.Temporary || res.Stage != smtp.StageMail {
		t.Errorf("result is %+v, %v", res, err)
	}
}

func TestServerBreaksOffInTheMessage(t *testing.T) {
	t.Parallel()
	body := append([]byte("Subject: big\r\n\r\n"), bytes.Repeat([]byte(strings.Repeat("x", 70)+"\r\n"), 400_000)...)
	for name, end := range map[string][]smtptest.Step{
		"silently":      {smtptest.ReadSome(1000), smtptest.Reset()},
		"with a reason": {smtptest.ReadSome(1000), smtptest.Say("552 5.3.4 too big"), smtptest.Idle()},
		"stops reading": {smtptest.ReadSome(1000), smtptest.Do(func() { time.Sleep(600 * time.Millisecond) }), smtptest.Hangup()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := smtptest.Start(t, smtptest.Script(smtptest.Greet("PIPELINING"), smtptest.Envelope(), end))
			to := target(srv)
			if to.Timeouts.Block = 10 * time.Second; name == "stops reading" {
				to.Timeouts.Block = 200 * time.Millisecond
			}
			s := dial(t, to)
			fence := &smtptest.Fence{}
			res, err := s.Deliver(t.Context(), envelope, body, fence)
			if err == nil || res.Accepted || res.Withheld || len(fence.Events()) != 3 {
				t.Fatalf("result is %+v, %v, fence %v", res, err, fence.Events())
			}
			if name == "with a reason" {
				// It keeps reading, so the whole message leaves and the refusal is final.
				if !res.DotSent || res.Reply.Code != 552 || res.Uncertain() {
					t.Errorf("result is %+v, %v", res, err)
				}
				return
			}
			if res.DotSent || res.Uncertain() || res.Stage != smtp.StageBeforeDot || !res.Temporary || s.Usable() {
				t.Errorf("result is %+v, %v", res, err)
			}
			if name == "silently" && !res.Reset {
				t.Errorf("the reset was not recognised: %v", err)
			}
		})
	}
}

func TestBadGreetings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		script []smtptest.Step
		stage  smtp.Stage
		kind   smtp.Kind
	}{
		"421":           {[]smtptest.Step{smtptest.Say("421 too many connections")}, smtp.StageConnect, smtp.KindRefused},
		"554":           {[]smtptest.Step{smtptest.Say("554 your address is listed")}, smtp.StageConnect, smtp.KindRefused},
		"hang-up":       {[]smtptest.Step{smtptest.Hangup()}, smtp.StageConnect, smtp.KindClosed},
		"silence":       {[]smtptest.Step{smtptest.Idle()}, smtp.StageConnect, smtp.KindTimeout},
		"not SMTP":      {[]smtptest.Step{smtptest.Say("HTTP/1.1 400 Bad Request")}, smtp.StageConnect, smtp.KindProtocol},
		"EHLO refused":  {[]smtptest.Step{smtptest.Say("220 x"), smtptest.Expect("EHLO"), smtptest.Say("450 no PTR")}, smtp.StageHello, smtp.KindRefused},
		"HELO refused":  {[]smtptest.Step{smtptest.Say("220 x"), smtptest.Expect("EHLO"), smtptest.Say("550 no"), smtptest.Expect("HELO"), smtptest.Say("550 no")}, smtp.StageHello, smtp.KindRefused},
		"EHLO: hang-up": {[]smtptest.Step{smtptest.Say("220 x"), smtptest.Expect("EHLO"), smtptest.Hangup()}, smtp.StageHello, smtp.KindClosed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			to := target(smtptest.Start(t, c.script))
			to.Timeouts.Greeting = 200 * time.Millisecond
			s, err := smtp.Dial(t.Context(), to)
			if s != nil {
				t.Error("a session in spite of the error")
			}
			if e := refused(t, err, c.stage, c.kind); !e.Temporary() {
				t.Error("what comes before MAIL must not count against a recipient")
			}
		})
	}
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	_, err := smtp.Dial(t.Context(), smtp.Target{Addr: daemontest.FreeAddr(t), Hello: "x.example"})
	if e := refused(t, err, smtp.StageConnect, smtp.KindNetwork); !e.Temporary() {
		t.Error("a dead host is not temporary")
	}
}

func TestContextEndsEveryWait(t *testing.T) {
	t.Parallel()
	why := errors.New("stop now")
	for name, c := range map[string]struct {
		script []smtptest.Step
		dot    bool
	}{
		"MAIL": {[]smtptest.Step{smtptest.Expect("MAIL", "RCPT", "DATA")}, false},
		"dot":  {smtptest.Script(smtptest.Envelope(), []smtptest.Step{smtptest.Message()}), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancelCause(t.Context())
			srv := smtptest.Start(t, smtptest.Script(smtptest.Greet("PIPELINING"), c.script,
				[]smtptest.Step{smtptest.Do(func() { cancel(why) }), smtptest.Idle()}))
			to := target(srv)
			to.Timeouts = smtp.Timeouts{}
			s := dial(t, to)
			res, err := s.Deliver(ctx, envelope, []byte(letter), &smtptest.Fence{})
			e, ok := errors.AsType[*smtp.Error](err)
			if !ok || e.Kind != smtp.KindCanceled || !errors.Is(err, why) {
				t.Fatalf("error is %v", err)
			}
			if res.DotSent != c.dot || res.Uncertain() != c.dot || s.Usable() {
				t.Errorf("result is %+v", res)
			}
		})
	}
}

// A refusal that cannot wait ends the writing; nothing else of the session ends
// when it comes as the dot has just left.
func TestCutWriting(t *testing.T) {
	t.Parallel()
	srv := smtptest.Start(t,
		smtptest.Script(smtptest.Greet("PIPELINING"), smtptest.Envelope(), []smtptest.Step{smtptest.Idle()}),
		smtptest.Script(smtptest.Greet("PIPELINING"), smtptest.Envelope(), []smtptest.Step{smtptest.Message(), smtptest.Say("250 ok")}, smtptest.Take()))
	s := dial(t, target(srv))
	fence := &smtptest.Fence{OnDot: s.CutWriting}
	res, err := s.Deliver(t.Context(), envelope, []byte(letter), fence)
	if err == nil || res.DotSent || res.Uncertain() || s.Usable() {
		t.Errorf("cut before: %+v, %v", res, err)
	}
	if strings.Contains(srv.Seen(0), "\r\n.\r\n") {
		t.Error("the server saw the dot")
	}
	s = dial(t, target(srv))
	for range 2 {
		res, err = s.Deliver(t.Context(), envelope, []byte(letter), lateCut{s})
		if err != nil || !res.Accepted {
			t.Errorf("cut after: %+v, %v", res, err)
		}
	}
}

// lateCut is a fence that cuts when the message was written, and not before.
type lateCut struct{ s *smtp.Session }

func (lateCut) BeforeMail(context.Context) error { return nil }

func (l lateCut) BeforeDot(context.Context) (func(), error) { return l.s.CutWriting, nil }
