package smtp_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
	"github.com/kyodaku/kyodaku/internal/delivery/smtptest"
)

// dotted is a message that the dot protocol would have to change.
const dotted = "Subject: x\r\n\r\n.\r\n..x\r\n"

// chunk reads an envelope with its message behind it.
func chunk(size int) []smtptest.Step {
	return []smtptest.Step{smtptest.Expect("MAIL FROM:", "RCPT TO:", fmt.Sprintf("BDAT %d LAST", size)), smtptest.ReadSome(size)}
}

func chunked(srv *smtptest.Server) smtp.Target {
	t := target(srv)
	t.Chunking = true
	return t
}

func TestAChunkFollowsItsEnvelopeAtOnce(t *testing.T) {
	t.Parallel()
	srv := smtptest.Start(t, smtptest.Script(
		smtptest.Greet("PIPELINING", "CHUNKING"),
		chunk(len(dotted)), []smtptest.Step{smtptest.Say("250 ok", "250 ok", "250 2.0.0 queued")},
		chunk(len(dotted)), []smtptest.Step{smtptest.Say("250 ok", "550 5.1.1 nobody", "503 5.5.1 no recipient")},
		[]smtptest.Step{smtptest.Expect("RSET")}, chunk(len(dotted)), []smtptest.Step{smtptest.Say("250 ok", "250 ok", "250 ok", "452 4.2.2 full")},
	))
	s := dial(t, chunked(srv))
	fence := &smtptest.Fence{}
	res, err := s.Deliver(t.Context(), envelope, []byte(dotted), fence)
	if err != nil || !res.Accepted || !res.DotSent || res.Reply.Text != "queued" {
		t.Fatalf("%+v, %v", res, err)
	}
	if got := fence.Events(); !slices.Equal(got, []string{"mail", "dot", "release"}) {
		t.Errorf("the fence saw %q", got)
	}
	res, err = s.Deliver(t.Context(), envelope, []byte(dotted), fence)
	if e := refused(t, err, smtp.StageRcpt, smtp.KindRefused); e.Reply.Code != 550 || res.Uncertain() || res.Temporary {
		t.Errorf("%+v", res)
	}
	res, err = s.Deliver(t.Context(), envelope, []byte(dotted), fence)
	if refused(t, err, smtp.StageAfterDot, smtp.KindRefused); res.Reply.Code != 452 || res.Uncertain() || !res.Temporary {
		t.Errorf("%+v", res)
	}
	_ = s.Close()
	once := "MAIL FROM:<bounce@example.jp>\r\nRCPT TO:<taro@example.jp>\r\n" + fmt.Sprintf("BDAT %d LAST\r\n", len(dotted)) + dotted
	if got, want := srv.Seen(0), "EHLO out.example.jp\r\n"+once+once+"RSET\r\n"+once; got != want {
		t.Errorf("the server saw %q, want %q", got, want)
	}
}

func TestNoChunkWithoutLeaveOfTheFence(t *testing.T) {
	t.Parallel()
	srv := smtptest.Start(t, smtptest.Script(
		smtptest.Greet("PIPELINING", "CHUNKING"),
		chunk(len(dotted)), []smtptest.Step{smtptest.Say("250 ok", "250 ok", "250 ok")}))
	s := dial(t, chunked(srv))
	no := errors.New("no")
	res, err := s.Deliver(t.Context(), envelope, []byte(dotted), &smtptest.Fence{Dot: no})
	if refused(t, err, smtp.StageBeforeDot, smtp.KindFence); !res.Withheld || res.DotSent || !errors.Is(err, no) {
		t.Errorf("%+v", res)
	}
	if res, err := s.Deliver(t.Context(), envelope, []byte(dotted), &smtptest.Fence{}); err != nil || !res.Accepted {
		t.Errorf("nothing was written, and the session is of no use: %+v, %v", res, err)
	}
}

func TestAChunkWithoutAnAnswerIsUncertain(t *testing.T) {
	t.Parallel()
	srv := smtptest.Start(t, smtptest.Script(
		smtptest.Greet("PIPELINING", "CHUNKING"),
		chunk(len(dotted)), []smtptest.Step{smtptest.Say("250 ok", "250 ok"), smtptest.Hangup()}))
	res, err := dial(t, chunked(srv)).Deliver(t.Context(), envelope, []byte(dotted), &smtptest.Fence{})
	if refused(t, err, smtp.StageAfterDot, smtp.KindClosed); !res.Uncertain() {
		t.Errorf("%+v", res)
	}
}

func TestNoChunkForServersThatAreNotKnownToSwallowIt(t *testing.T) {
	t.Parallel()
	srv := smtptest.Start(t, smtptest.Script(smtptest.Greet("PIPELINING", "CHUNKING"), smtptest.Take()))
	if res, err := dial(t, target(srv)).Deliver(t.Context(), envelope, []byte(letter), &smtptest.Fence{}); err != nil || !res.Accepted {
		t.Errorf("%+v, %v", res, err)
	}
}
