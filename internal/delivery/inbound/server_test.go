package inbound_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/catcher"
	"github.com/kyodaku/kyodaku/internal/delivery/inbound"
	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
	"github.com/kyodaku/kyodaku/internal/delivery/smtptest"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// desk notes what it is told and answers as it is set.
type desk struct {
	mu      sync.Mutex
	refused []string
	bounces []inbound.Bounce
	letters []string
	err     error
}

func (d *desk) RefuseByMail(_ context.Context, token string, _ time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err != nil {
		return d.err
	}
	if !strings.HasPrefix(token, "Good") {
		return fmt.Errorf("refuse: %w", fault.New(fault.Invalid, "keyring.token"))
	}
	d.refused = append(d.refused, token)
	return nil
}

func (d *desk) Bounced(_ context.Context, b inbound.Bounce, _ time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.bounces = append(d.bounces, b)
	return d.err
}

func (d *desk) Keep(_ context.Context, box string, _ catcher.Mail) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.letters = append(d.letters, box)
	return d.err
}

func open(t *testing.T, d *desk, letters inbound.Letterbox) string {
	t.Helper()
	s := inbound.New(inbound.Config{
		Domain: "In.Example.JP", Refuser: d, Bouncer: d, Letters: letters, Log: slog.New(slog.DiscardHandler), Clock: time.Now,
	})
	if err := s.Listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s.Addr()
}

// post delivers one mail and returns the code it was answered with.
func post(t *testing.T, addr, from, to, body string) int {
	t.Helper()
	s, err := smtp.Dial(t.Context(), smtp.Target{Addr: addr, Hello: "out.example.jp"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Quit(t.Context()) }()
	body = strings.ReplaceAll(strings.ReplaceAll(body, "\r\n", "\n"), "\n", "\r\n")
	_, err = s.Deliver(t.Context(), smtp.Envelope{From: from, To: to}, []byte(body), &smtptest.Fence{})
	if err == nil {
		return 250
	}
	reply, ok := errors.AsType[*smtp.Error](err)
	if !ok {
		t.Fatalf("%T %v", err, err)
	}
	return reply.Reply.Code
}

const plain = "From: hanako@reader.example\nSubject: unsubscribe\n\nplease stop\n"

func TestOnlyOurBoxesAreTaken(t *testing.T) {
	t.Parallel()
	d := &desk{}
	addr := open(t, d, d)
	for to, want := range map[string]int{
		"u+GoodToken_aB-9@in.example.jp": 250, "U+GoodToken@IN.example.jp": 250, "u+bad@in.example.jp": 550, "u+@in.example.jp": 550,
		"u@in.example.jp": 550, "hanako@in.example.jp": 550, "u+GoodToken@elsewhere.example": 550,
		"unsubscribe@in.example.jp": 250, "Abuse@in.example.jp": 250, "postmaster@in.example.jp": 250, "abuse+x@in.example.jp": 550,
	} {
		if got := post(t, addr, "hanako@reader.example", to, plain); got != want {
			t.Errorf("%s: %d, want %d", to, got, want)
		}
	}
	if len(d.refused) != 2 || len(d.letters) != 3 {
		t.Errorf("%v %v", d.refused, d.letters)
	}
	for _, token := range d.refused {
		if token != "GoodToken_aB-9" && token != "GoodToken" {
			t.Errorf("the token came as %q", token)
		}
	}
}

func TestNobodyReadsWhatIsNotKept(t *testing.T) {
	t.Parallel()
	addr := open(t, &desk{}, nil)
	if got := post(t, addr, "a@b.example", "abuse@in.example.jp", plain); got != 550 {
		t.Error(got)
	}
}

func TestAFailureForAWhileIsTriedAgain(t *testing.T) {
	t.Parallel()
	d := &desk{err: fault.New(fault.Busy, "fault.busy")}
	addr := open(t, d, d)
	for _, to := range []string{"u+GoodToken@in.example.jp", "abuse@in.example.jp"} {
		if got := post(t, addr, "a@b.example", to, plain); got != 451 {
			t.Errorf("%s: %d", to, got)
		}
	}
	if got := post(t, addr, "", "b+"+store.Public("msg", 7)+"@in.example.jp", report("failed", "5.1.1", "rfc822; x@reader.example")); got != 451 {
		t.Errorf("bounce: %d", got)
	}
}

func TestMachinesAreNotPeople(t *testing.T) {
	t.Parallel()
	d := &desk{}
	addr := open(t, d, d)
	reply := "Auto-Submitted: auto-replied (vacation)\n" + plain
	if got := post(t, addr, "a@b.example", "u+GoodToken@in.example.jp", reply); got != 250 || len(d.refused) != 0 {
		t.Errorf("vacation: %d %v", got, d.refused)
	}
	if got := post(t, addr, "", "u+GoodToken@in.example.jp", plain); got != 250 || len(d.refused) != 0 {
		t.Errorf("bounce: %d %v", got, d.refused)
	}
	if got := post(t, addr, "a@b.example", "u+GoodToken@in.example.jp", strings.Repeat("Received: from a by b; x\n", 101)+plain); got != 554 {
		t.Errorf("loop: %d", got)
	}
	pressed := "Auto-Submitted: auto-generated\n" + plain
	if got := post(t, addr, "a@b.example", "u+GoodToken@in.example.jp", pressed); got != 250 || len(d.refused) != 1 {
		t.Errorf("pressed by a program: %d %v", got, d.refused)
	}
	if got := post(t, addr, "a@b.example", "u+GoodToken@in.example.jp", "no head at all\n"); got != 250 || len(d.refused) != 2 {
		t.Errorf("without a head: %d %v", got, d.refused)
	}
}

// report is a delivery report about one recipient.
func report(action, status, final string) string {
	return "From: MAILER-DAEMON@reader.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"=_b\"\n" +
		"\n--=_b\nContent-Type: text/plain\n\nsorry\n" +
		"\n--=_b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.reader.example\nStatus: 5.0.0\nAction: failed\nFinal-Recipient: rfc822; not@the.recipient\n\n" +
		"Final-Recipient: " + final + "\nAction: " + action + "\nStatus: " + status + " (no such user)\nDiagnostic-Code: smtp; 550 no\n" +
		"\n--=_b\nContent-Type: text/rfc822-headers\n\nSubject: x\n\n--=_b--\n"
}

func TestOnlyFinalFailuresAreBounces(t *testing.T) {
	t.Parallel()
	d := &desk{}
	addr := open(t, d, d)
	box := "b+" + store.Public("msg", 7) + "@in.example.jp"
	for name, body := range map[string]string{
		"delayed": report("delayed", "4.4.1", "rfc822; x@reader.example"), "relayed": report("relayed", "2.0.0", "rfc822; x@reader.example"),
		"failed for a while": report("failed", "4.2.2", "rfc822; x@reader.example"), "nobody": report("failed", "5.1.1", "x400; x"),
		"free text": plain, "no boundary": "Content-Type: multipart/report; report-type=delivery-status\n\nx\n",
		"reading receipt": strings.Replace(report("failed", "5.1.1", "rfc822; x@reader.example"), "report-type=delivery-status", "report-type=disposition-notification", 1),
	} {
		if got := post(t, addr, "", box, body); got != 250 {
			t.Errorf("%s: %d", name, got)
		}
	}
	if post(t, addr, "", "b+msg_nothing@in.example.jp", report("failed", "5.1.1", "rfc822; x@reader.example")) != 250 || len(d.bounces) != 0 {
		t.Errorf("%+v", d.bounces)
	}
	if got := post(t, addr, "", box, report("failed", "5.1.1", "rfc822; <X@reader.example>")); got != 250 || len(d.bounces) != 1 {
		t.Fatalf("%d %+v", got, d.bounces)
	}
	if b := d.bounces[0]; b.Message != 7 || b.Status != "5.1.1" || len(b.Recipients) != 1 || b.Recipients[0] != "X@reader.example" {
		t.Errorf("%+v", b)
	}
}
