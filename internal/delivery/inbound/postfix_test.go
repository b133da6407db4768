package inbound_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/delivery/bounce"
	"github.com/kyodaku/kyodaku/internal/delivery/catcher"
	"github.com/kyodaku/kyodaku/internal/delivery/inbound"
	"github.com/kyodaku/kyodaku/internal/delivery/postfixtest"
)

// A report that Postfix really writes, about a mail with our marks, is understood and
// leads to its message, at the return path and elsewhere.
func TestAReportOfARealPostfixLeadsToItsMessage(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	server := postfixtest.Start(t, "in.example.jp")
	path := "b+" + d.ring.SignReturn(7) + "@in.example.jp"
	server.Submit(t, path, "hanako@reader.example", []byte("From: news@midori.example\r\nTo: hanako@reader.example\r\nSubject: New tea\r\nMessage-ID: <x@midori.example>\r\n\r\nHello\r\n"))
	report := await(t, server)
	m := bounce.Parse(report)
	if m.Kind != bounce.Bounce || len(m.Recipients) != 1 || m.Recipients[0].Final != "hanako@reader.example" || m.Original.ID != "x@midori.example" {
		t.Fatalf("%+v\n%s", m, report)
	}
	s := inbound.New(inbound.Config{
		Domain: "in.example.jp", Ring: d.ring, Refuser: d, Reports: d, Post: d, Log: slog.New(slog.DiscardHandler), Clock: time.Now,
	})
	for _, box := range []string{path, "abuse@in.example.jp"} {
		if err := s.Take(t.Context(), catcher.Mail{To: []string{box}, Data: report, ReceivedAt: time.Now()}); err != nil {
			t.Error(err)
		}
	}
	if got := strings.Join(d.reports, ","); got != "bounce 7,bounce 7" || len(d.letters) != 0 {
		t.Errorf("%s %v", got, d.letters)
	}
}

// await waits for the report; Postfix tells nobody that it wrote one.
func await(t *testing.T, s *postfixtest.Server) []byte {
	t.Helper()
	beat := time.NewTicker(50 * time.Millisecond)
	defer beat.Stop()
	late := time.After(time.Minute)
	for {
		if mails := s.Mails(t); len(mails) > 0 {
			return mails[0]
		}
		select {
		case <-beat.C:
		case <-late:
			t.Fatal("Postfix has sent no report")
		}
	}
}
