package smtp_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
	"github.com/kyodaku/kyodaku/internal/delivery/smtptest"
)

const letter = "From: a@example.jp\r\nSubject: hello\r\n\r\nbody\r\n"

var envelope = smtp.Envelope{From: "bounce@example.jp", To: "taro@example.jp"}

// target is a server in clear with short waits: tests of slow servers must not be slow.
func target(s *smtptest.Server) smtp.Target {
	return smtp.Target{Addr: s.Addr(), Hello: "out.example.jp", Timeouts: shortWaits(time.Second)}
}

func shortWaits(d time.Duration) smtp.Timeouts {
	return smtp.Timeouts{Connect: d, Greeting: d, Hello: d, Handshake: d, Mail: d, Rcpt: d, Data: d, Block: d, Dot: d, Quit: d}
}

func dial(t *testing.T, target smtp.Target) *smtp.Session {
	t.Helper()
	s, err := smtp.Dial(t.Context(), target)
	if err != nil {
		t.Fatalf("Dial: %v", err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// refused asserts that err is an *smtp.Error of a stage and kind.
func refused(t *testing.T, err error, stage smtp.Stage, kind smtp.Kind) *smtp.Error {
	t.Helper()
	e, ok := errors.AsType[*smtp.Error](err)
	if !ok || e.Stage != stage || e.Kind != kind {
		t.Fatalf("error is %v; want %v at %v", err, kind, stage)
	}
	return e
}

func TestDeliverPipelined(t *testing.T) {
	t.Parallel()
	srv := smtptest.Start(t, smtptest.Script(
		smtptest.Greet("PIPELINING", "SIZE 1000", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"),
		smtptest.Take(), smtptest.Take(),
		[]smtptest.Step{smtptest.Expect("QUIT"), smtptest.Say("221 bye")}))
	s := dial(t, target(srv))
	if x := s.Extensions(); !x.Pipelining || !x.EightBit || !x.SMTPUTF8 || !x.Enhanced || x.Size != 1000 || x.StartTLS {
		t.Fatalf("extensions are %+v", x)
	}
	fence := &smtptest.Fence{}
	res, err := s.Deliver(t.Context(), envelope, []byte(letter), fence)
	if err != nil {
		t.Fatal(err)
	}
	if !res.Accepted || !res.DotSent || res.Uncertain() || res.Temporary || res.Stage != smtp.StageAfterDot || res.Reused {
		t.Errorf("result is %+v", res)
	}
	if res.Reply != (smtp.Reply{Code: 250, Enhanced: "2.0.0", Text: "queued"}) || res.RemoteAddr.String() != srv.Addr() {
		t.Errorf("reply is %+v from %v", res.Reply, res.RemoteAddr)
	}
	if got := fence.Events(); !slices.Equal(got, []string{"mail", "dot", "release"}) {
		t.Errorf("the fence saw %q", got)
	}
	if !s.Usable() {
		t.Fatal("session is not usable after a delivery")
	}
	eight := smtp.Envelope{To: "山田@example.jp", SMTPUTF8: true}
	res, err = s.Deliver(t.Context(), eight, []byte("Subject: 件名\r\n\r\n.\r\n..x\r\n"), fence)
	if err != nil || !res.Reused || s.Transactions() != 2 {
		t.Fatalf("second mail: %+v, %v", res, err)
	}
	if err := s.Quit(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := "EHLO out.example.jp\r\n" +
		"MAIL FROM:<bounce@example.jp> SIZE=44\r\nRCPT TO:<taro@example.jp>\r\nDATA\r\n" + letter + ".\r\n" +
		"MAIL FROM:<> SIZE=27 BODY=8BITMIME SMTPUTF8\r\nRCPT TO:<山田@example.jp>\r\nDATA\r\n" +
		"Subject: 件名\r\n\r\n..\r\n...x\r\n.\r\n" + "QUIT\r\n"
	if got := srv.Seen(0); got != want {
		t.Errorf("the server saw %q\nwant %q", got, want)
	}
	if s.Usable() {
		t.Error("usable after QUIT")
	}
	if _, err := s.Deliver(t.Context(), envelope, []byte(letter), fence); err == nil {
		t.Error("delivered after QUIT")
	}
}

func TestDeliverLockstepWithoutExtensions(t *testing.T) {
	t.Parallel()
	transaction := []smtptest.Step{
		smtptest.Expect("MAIL FROM:<bounce@example.jp>\r\n"), smtptest.Say("250 ok"),
		smtptest.Expect("RCPT TO:<taro@example.jp>\r\n"), smtptest.Say("550 5.1.1 no such user"),
		smtptest.Expect("RSET"), smtptest.Say("250 ok"),
		smtptest.Expect("MAIL FROM:"), smtptest.Say("250 ok"),
		smtptest.Expect("RCPT TO:"), smtptest.Say("251 will forward"),
		smtptest.Expect("DATA"), smtptest.Say("354 go"), smtptest.Message(), smtptest.Say("250 ok"),
	}
	srv := smtptest.Start(t, smtptest.Script([]smtptest.Step{
		smtptest.Say("220-hello", "220 there"), smtptest.Expect("EHLO"), smtptest.Say("502 what?"),
		smtptest.Expect("HELO out.example.jp"), smtptest.Say("250 fine"),
	}, transaction))
	s := dial(t, target(srv))
	res, err := s.Deliver(t.Context(), envelope, []byte(letter), &smtptest.Fence{})
	refused(t, err, smtp.StageRcpt, smtp.KindRefused)
	if res.Temporary || res.DotSent || res.Reply.Enhanced != "5.1.1" || !s.Usable() {
		t.Errorf("result is %+v", res)
	}
	if res, err = s.Deliver(t.Context(), envelope, []byte(letter), &smtptest.Fence{}); err != nil || !res.Accepted {
		t.Errorf("after RSET: %+v, %v", res, err)
	}
}

func TestResetRidesWithNextMail(t *testing.T) {
	t.Parallel()
	srv := smtptest.Start(t, smtptest.Script(smtptest.Greet("PIPELINING"), []smtptest.Step{
		smtptest.Expect("MAIL", "RCPT", "DATA"), smtptest.Say("250 ok", "450 4.2.0 greylisted", "503 no recipients"),
		smtptest.Expect("RSET", "MAIL", "RCPT", "DATA"), smtptest.Say("250 reset", "250 ok", "250 ok", "354 go"),
		smtptest.Message(), smtptest.Say("250 ok"),
	}))
	s := dial(t, target(srv))
	res, err := s.Deliver(t.Context(), envelope, []byte(letter), &smtptest.Fence{})
	refused(t, err, smtp.StageRcpt, smtp.KindRefused)
	if !res.Temporary || !s.Usable() {
		t.Errorf("result is %+v, usable %v", res, s.Usable())
	}
	if res, err = s.Deliver(t.Context(), envelope, []byte(letter), &smtptest.Fence{}); err != nil || !res.Accepted {
		t.Errorf("second: %+v, %v", res, err)
	}
}

func TestFenceBeforeMail(t *testing.T) {
	t.Parallel()
	srv := smtptest.Start(t, smtptest.Script(smtptest.Greet("PIPELINING"), smtptest.Take()))
	s := dial(t, target(srv))
	withdrawn := errors.New("withdrawn")
	fence := &smtptest.Fence{Mail: withdrawn}
	res, err := s.Deliver(t.Context(), envelope, []byte(letter), fence)
	refused(t, err, smtp.StageMail, smtp.KindFence)
	if !errors.Is(err, withdrawn) || !res.Withheld || res.DotSent || !s.Usable() {
		t.Errorf("result is %+v, %v", res, err)
	}
	if got := fence.Events(); !slices.Equal(got, []string{"mail"}) {
		t.Errorf("the fence saw %q", got)
	}
	if res, err = s.Deliver(t.Context(), envelope, []byte(letter), &smtptest.Fence{}); err != nil || res.Reused {
		t.Errorf("next mail: %+v, %v", res, err)
	}
	_ = s.Close()
	if got := srv.Seen(0); strings.Count(got, "MAIL FROM") != 1 {
		t.Errorf("the server saw %q", got)
	}
}

func TestFenceBeforeDotDropsTheConnection(t *testing.T) {
	t.Parallel()
	srv := smtptest.Start(t, smtptest.Script(smtptest.Greet("PIPELINING"), smtptest.Envelope()))
	s := dial(t, target(srv))
	withdrawn := errors.New("withdrawn")
	fence := &smtptest.Fence{Dot: withdrawn}
	res, err := s.Deliver(t.Context(), envelope, []byte(letter), fence)
	refused(t, err, smtp.StageBeforeDot, smtp.KindFence)
	if !errors.Is(err, withdrawn) || !res.Withheld || res.DotSent || res.Uncertain() || s.Usable() {
		t.Errorf("result is %+v, %v", res, err)
	}
	if got := fence.Events(); !slices.Equal(got, []string{"mail", "dot"}) {
		t.Errorf("the fence saw %q", got)
	}
	if got := srv.Seen(0); !strings.HasSuffix(got, "\r\nDATA\r\n") {
		t.Errorf("the server saw %q", got)
	}
}

func TestNilFenceSendsNothing(t *testing.T) {
	t.Parallel()
	srv := smtptest.Start(t, smtptest.Greet("PIPELINING"))
	s := dial(t, target(srv))
	_, err := s.Deliver(t.Context(), envelope, []byte(letter), nil)
	refused(t, err, smtp.StageMail, smtp.KindMessage)
	_ = s.Close()
	if got := srv.Seen(0); got != "EHLO out.example.jp\r\n" {
		t.Errorf("the server saw %q", got)
	}
}

func TestReleaseComesBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	fence := &smtptest.Fence{}
	released := make(chan struct{})
	srv := smtptest.Start(t, smtptest.Script(smtptest.Greet("PIPELINING"), smtptest.Envelope(), []smtptest.Step{
		smtptest.Message(), smtptest.Do(func() { <-released }), smtptest.Say("250 ok"),
	}))
	s := dial(t, target(srv))
	watched := releaseWatch{Fence: fence, released: released}
	if _, err := s.Deliver(t.Context(), envelope, []byte(letter), watched); err != nil {
		t.Fatal(err) // the server answers only after the release: a late one would time out
	}
}

type releaseWatch struct {
	*smtptest.Fence
	released chan struct{}
}

func (w releaseWatch) BeforeDot(ctx context.Context) (func(), error) {
	release, err := w.Fence.BeforeDot(ctx)
	return func() { release(); close(w.released) }, err
}
