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

	"github.com/kyodaku/kyodaku/internal/delivery/bounce"
	"github.com/kyodaku/kyodaku/internal/delivery/catcher"
	"github.com/kyodaku/kyodaku/internal/delivery/inbound"
	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
	"github.com/kyodaku/kyodaku/internal/delivery/smtptest"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
)

// desk notes what it is told and answers as it is set.
type desk struct {
	mu      sync.Mutex
	ring    *keyring.Ring
	refused []string
	reports []string
	wishes  []string
	letters []int64
	// believed is whether wishes are; nowhere, whether nobody reads letters.
	believed, nowhere bool
	err               error
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	ring, err := keyring.New(keyring.Generate())
	if err != nil {
		t.Fatal(err)
	}
	return &desk{ring: ring}
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

func (d *desk) Returned(_ context.Context, message int64, m bounce.Message, _ time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.reports = append(d.reports, fmt.Sprint(m.Kind, " ", message))
	return d.err
}

func (d *desk) Refuse(_ context.Context, workspace int64, from string, _ []byte, _ time.Time) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wishes = append(d.wishes, fmt.Sprint(workspace, " ", from))
	return d.believed, d.err
}

func (d *desk) Box(_ context.Context, address string) (int64, bool, error) {
	return 4, strings.EqualFold(address, "news@in.example.jp"), d.err
}

func (d *desk) Forward(_ context.Context, workspace int64, _ catcher.Mail) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.letters = append(d.letters, workspace)
	if d.nowhere {
		return fault.New(fault.NotFound, "notice.nowhere")
	}
	return d.err
}

func open(t *testing.T, d *desk, post inbound.Post) string {
	t.Helper()
	s := inbound.New(inbound.Config{
		Domain: "In.Example.JP", Ring: d.ring, Refuser: d, Reports: d, Wishes: d, Post: post, Log: slog.New(slog.DiscardHandler), Clock: time.Now,
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

const (
	plain = "From: hanako@reader.example\nSubject: Re: New tea\n\nthank you\n"
	stop  = "From: hanako@reader.example\nSubject: unsubscribe\n\nplease stop\n"
)

func TestOnlyOurBoxesAreTaken(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	addr := open(t, d, d)
	for to, want := range map[string]int{
		"u+GoodToken_aB-9@in.example.jp": 250, "U+GoodToken@IN.example.jp": 250, "u+bad@in.example.jp": 550, "u+@in.example.jp": 550,
		"u@in.example.jp": 550, "hanako@in.example.jp": 550, "u+GoodToken@elsewhere.example": 550, "b+@in.example.jp": 550,
		"unsubscribe@in.example.jp": 250, "Abuse@in.example.jp": 250, "postmaster@in.example.jp": 250, "abuse+x@in.example.jp": 550,
		"News@in.example.jp": 250, "fbl@in.example.jp": 250, "b+" + d.ring.SignReturn(7) + "@in.example.jp": 250,
		"B+" + strings.ToUpper(d.ring.SignReturn(7)) + "@in.example.jp": 250,
		"b+" + store.Public("msg", 7) + "@in.example.jp":                550, "b+" + newDesk(t).ring.SignReturn(7) + "@in.example.jp": 550,
	} {
		if got := post(t, addr, "hanako@reader.example", to, plain); got != want {
			t.Errorf("%s: %d, want %d", to, got, want)
		}
	}
	if len(d.refused) != 2 || len(d.letters) != 5 || len(d.reports) != 0 {
		t.Errorf("%v %v %v", d.refused, d.letters, d.reports)
	}
	for _, token := range d.refused {
		if token != "GoodToken_aB-9" && token != "GoodToken" {
			t.Errorf("the token came as %q", token)
		}
	}
}

func TestNobodyReadsWhatIsNotForwarded(t *testing.T) {
	t.Parallel()
	addr := open(t, newDesk(t), nil)
	for _, box := range []string{"abuse", "postmaster", "news"} {
		if got := post(t, addr, "a@b.example", box+"@in.example.jp", plain); got != 550 {
			t.Error(box, got)
		}
	}
}

func TestAMailThatNobodyCanReadIsRefused(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.nowhere = true
	if got := post(t, open(t, d, d), "a@b.example", "postmaster@in.example.jp", plain); got != 550 {
		t.Error(got)
	}
}

func TestAFailureForAWhileIsTriedAgain(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.err = fault.New(fault.Busy, "fault.busy")
	addr := open(t, d, d)
	for _, to := range []string{"u+GoodToken@in.example.jp", "abuse@in.example.jp", "news@in.example.jp"} {
		if got := post(t, addr, "a@b.example", to, plain); got != 451 {
			t.Errorf("%s: %d", to, got)
		}
	}
	if got := post(t, addr, "", "b+"+d.ring.SignReturn(7)+"@in.example.jp", report("failed", "5.1.1", "rfc822; x@reader.example")); got != 451 {
		t.Errorf("bounce: %d", got)
	}
	if got := post(t, addr, "a@b.example", "abuse@in.example.jp", stop); got != 451 {
		t.Errorf("wish: %d", got)
	}
}

func TestMachinesAreNotPeople(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
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
	for name, m := range map[string]string{
		"vacation": reply, "out of office": "From: a@b.example\nSubject: Out of office: x\n\nback soon\n",
		"sent on by us": inbound.Forwarded + ": 1\n" + plain, "forged bounce": report("failed", "5.1.1", "rfc822; x@reader.example"),
	} {
		if got := post(t, addr, "a@b.example", "news@in.example.jp", m); got != 250 || len(d.letters) != 0 || len(d.reports) != 0 {
			t.Errorf("%s: %d %v %v", name, got, d.letters, d.reports)
		}
	}
}

// report is a delivery report about one recipient.
func report(action, status, final string) string {
	return reportOn(action, status, final, "Subject: x\n")
}

func reportOn(action, status, final, back string) string {
	return "From: MAILER-DAEMON@reader.example\nSubject: Undelivered Mail Returned to Sender\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"=_b\"\n" +
		"\n--=_b\nContent-Type: text/plain\n\nsorry\n" +
		"\n--=_b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.reader.example\n\n" +
		"Final-Recipient: " + final + "\nAction: " + action + "\nStatus: " + status + " (no such user)\nDiagnostic-Code: smtp; 550 no\n" +
		"\n--=_b\nContent-Type: text/rfc822-headers\n\n" + back + "\n--=_b--\n"
}

func TestOnlyFinalFailuresAreBounces(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	addr := open(t, d, d)
	box := "b+" + d.ring.SignReturn(7) + "@in.example.jp"
	for name, body := range map[string]string{
		"delayed": report("delayed", "4.4.1", "rfc822; x@reader.example"), "relayed": report("relayed", "2.0.0", "rfc822; x@reader.example"),
		"free text": plain, "no boundary": "Content-Type: multipart/report; report-type=delivery-status\n\nx\n",
		"reading receipt": strings.NewReplacer("report-type=delivery-status", "report-type=disposition-notification", "message/delivery-status", "message/disposition-notification").Replace(report("failed", "5.1.1", "rfc822; x@reader.example")),
		"wish":            stop,
	} {
		if got := post(t, addr, "", box, body); got != 250 || len(d.reports) != 0 {
			t.Errorf("%s: %d %v", name, got, d.reports)
		}
	}
	if got := post(t, addr, "", box, report("failed", "5.1.1", "rfc822; <X@reader.example>")); got != 250 || len(d.reports) != 1 || d.reports[0] != "bounce 7" {
		t.Fatalf("%d %+v", got, d.reports)
	}
}

// arf is a complaint with the head of the message that it is about.
func arf(back string) string {
	return "From: feedback@provider.example\nSubject: FW: New tea\nContent-Type: multipart/report; report-type=feedback-report; boundary=\"=_b\"\n" +
		"\n--=_b\nContent-Type: text/plain\n\nThis is an abuse report.\n" +
		"\n--=_b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\nUser-Agent: X/1\n" +
		"\n--=_b\nContent-Type: message/rfc822\n\n" + back + "\nHello\n--=_b--\n"
}

func TestAReportElsewhereMustProveItsMessage(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	addr := open(t, d, d)
	token := d.ring.Sign(keyring.Token{Purpose: keyring.Unsubscribe, Workspace: 1, Address: 2, Topic: 3, ID: 9, IssuedAt: time.Now()})
	mark := "Return-Path: <b+" + d.ring.SignReturn(8) + "@in.example.jp>\n"
	for _, body := range []string{
		arf(mark), arf("List-Unsubscribe: <https://m.example.jp/unsubscribe/" + token + ">\n"), arf("List-Unsubscribe: <mailto:u+" + token + "@in.example.jp?subject=x>\n"),
		reportOn("failed", "5.1.1", "rfc822; x@reader.example", mark),
	} {
		for _, box := range []string{"fbl", "abuse"} {
			if got := post(t, addr, "feedback@provider.example", box+"@in.example.jp", body); got != 250 {
				t.Error(got)
			}
		}
	}
	if got := strings.Join(d.reports, ","); got != "complaint 8,complaint 8,complaint 9,complaint 9,complaint 9,complaint 9,bounce 8,bounce 8" || len(d.letters) != 0 {
		t.Errorf("%s %v", got, d.letters)
	}
	d.reports = nil
	for _, back := range []string{"Message-ID: <" + store.Public("msg", 8) + "@midori.example>\n", "Return-Path: <b+" + newDesk(t).ring.SignReturn(8) + "@in.example.jp>\n"} {
		if got := post(t, addr, "feedback@provider.example", "abuse@in.example.jp", arf(back)); got != 250 {
			t.Error(got)
		}
	}
	if len(d.reports) != 0 || len(d.letters) != 2 {
		t.Errorf("what proves nothing is for people: %v %v", d.reports, d.letters)
	}
}

func TestAWishWithoutATokenIsBelievedOrRead(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	addr := open(t, d, d)
	for _, believed := range []bool{true, false} {
		d.believed = believed
		for _, box := range []string{"unsubscribe", "news"} {
			if got := post(t, addr, "hanako@reader.example", box+"@in.example.jp", stop); got != 250 {
				t.Error(got)
			}
		}
	}
	if fmt.Sprint(d.wishes) != "[0 hanako@reader.example 4 hanako@reader.example 0 hanako@reader.example 4 hanako@reader.example]" || fmt.Sprint(d.letters) != "[0 4]" {
		t.Errorf("%v %v", d.wishes, d.letters)
	}
}
