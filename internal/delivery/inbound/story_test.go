package inbound

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
	"github.com/kyodaku/kyodaku/internal/delivery/smtptest"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// listen opens the door of a ward.
func (w *ward) listen(t *testing.T) string {
	t.Helper()
	s := New(Config{Domain: "in.example.jp", Ring: w.ring, Refuser: &notebook{}, Reports: w.Bounces, Log: slog.New(slog.DiscardHandler), Clock: time.Now})
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

// send delivers a mail by SMTP and returns the code it was answered with.
func send(t *testing.T, addr, to, body string) int {
	t.Helper()
	s, err := smtp.Dial(t.Context(), smtp.Target{Addr: addr, Hello: "mx.reader.example"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Quit(t.Context()) }()
	_, err = s.Deliver(t.Context(), smtp.Envelope{To: to}, []byte(strings.ReplaceAll(body, "\n", "\r\n")), &smtptest.Fence{})
	if failed, ok := errors.AsType[*smtp.Error](err); ok {
		return failed.Reply.Code
	}
	if err != nil {
		t.Fatal(err)
	}
	return 250
}

const deadReport = `From: MAILER-DAEMON@mx.reader.example
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.reader.example

Final-Recipient: rfc822; hanako@reader.example
Action: failed
Status: 5.1.1

--b--
`

func TestWhatIsAnsweredWithYesIsStored(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWard(t, db)
		addr := w.listen(t)
		if got := send(t, addr, "b+"+w.ring.SignReturn(3)+"@in.example.jp", deadReport); got != 250 {
			t.Fatal(got)
		}
		if list := w.list(t); len(list) != 1 || list[0].Kind != consent.SuppressionBounce {
			t.Errorf("%+v", list)
		}
		complaint := "From: feedback@provider.example\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\n\n" +
			"--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\nOriginal-Rcpt-To: redacted\n\n" +
			"--b\nContent-Type: message/rfc822\n\nReturn-Path: <b+" + w.ring.SignReturn(4) + "@in.example.jp>\n\n--b--\n"
		if got := send(t, addr, "fbl@in.example.jp", complaint); got != 250 {
			t.Fatal(got)
		}
		kinds := map[consent.SuppressionKind]bool{}
		for _, s := range w.list(t) {
			kinds[s.Kind] = true
		}
		if !kinds[consent.SuppressionBounce] || !kinds[consent.SuppressionComplaint] || kinds[consent.SuppressionRefusal] {
			t.Errorf("bounce, complaint and refusal are three things: %v", kinds)
		}
	})
}

func TestWhatCannotBeStoredIsAskedForAgain(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWard(t, db)
		addr := w.listen(t)
		lost := func(tx *store.Tx) error { _, err := tx.Exec(t.Context(), `DROP TABLE returned`); return err }
		if err := db.Write(t.Context(), lost); err != nil {
			t.Fatal(err)
		}
		if got := send(t, addr, "b+"+w.ring.SignReturn(3)+"@in.example.jp", deadReport); got != 451 {
			t.Error(got)
		}
		if list := w.list(t); len(list) != 0 {
			t.Errorf("%+v", list)
		}
	})
}
