package smtp_test

import (
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
	"github.com/kyodaku/kyodaku/internal/delivery/smtptest"
)

// What cannot go to this server, or not on any wire, is refused before anything is
// written and before the fence is asked; the session stays good.
func TestRefusedBeforeTheWire(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env  smtp.Envelope
		body string
		kind smtp.Kind
	}{
		"8-bit without 8BITMIME":   {envelope, "Subject: x\r\n\r\n日本\r\n", smtp.KindUnsupported},
		"SMTPUTF8 not offered":     {smtp.Envelope{To: "山田@example.jp", SMTPUTF8: true}, letter, smtp.KindUnsupported},
		"larger than SIZE":         {envelope, letter + strings.Repeat("x\r\n", 100), smtp.KindUnsupported},
		"declared larger":          {smtp.Envelope{To: "a@b.example", Size: 5000}, letter, smtp.KindUnsupported},
		"bare LF":                  {envelope, "a\n.\nb\r\n", smtp.KindMessage},
		"long line":                {envelope, strings.Repeat("x", 999) + "\r\n", smtp.KindMessage},
		"no recipient":             {smtp.Envelope{From: "a@b.example"}, letter, smtp.KindMessage},
		"command in recipient":     {smtp.Envelope{To: "a@b.example>\r\nRCPT TO:<c@d.example"}, letter, smtp.KindMessage},
		"parameter in sender":      {smtp.Envelope{From: "a@b.example> SIZE=1", To: "a@b.example"}, letter, smtp.KindMessage},
		"UTF-8 without SMTPUTF8":   {smtp.Envelope{To: "山田@example.jp"}, letter, smtp.KindMessage},
		"path too long":            {smtp.Envelope{To: strings.Repeat("a", 250) + "@b.example"}, letter, smtp.KindMessage},
		"not UTF-8 in a path":      {smtp.Envelope{To: "\xff@b.example", SMTPUTF8: true}, letter, smtp.KindMessage},
		"control sign in the path": {smtp.Envelope{To: "a\x7f@b.example"}, letter, smtp.KindMessage},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := smtptest.Start(t, smtptest.Greet("PIPELINING", "SIZE 200"))
			s := dial(t, target(srv))
			fence := &smtptest.Fence{}
			res, err := s.Deliver(t.Context(), c.env, []byte(c.body), fence)
			refused(t, err, smtp.StageMail, c.kind)
			if res.Temporary || res.DotSent || !s.Usable() || len(fence.Events()) != 0 {
				t.Errorf("result is %+v, fence %v", res, fence.Events())
			}
			_ = s.Close()
			if seen := srv.Seen(0); seen != "EHLO out.example.jp\r\n" {
				t.Errorf("the server saw %q", seen)
			}
		})
	}
}

func TestBadTargets(t *testing.T) {
	t.Parallel()
	for name, to := range map[string]smtp.Target{
		"no port":        {Addr: "127.0.0.1", Hello: "a.example"},
		"no host":        {Addr: ":25", Hello: "a.example"},
		"no name":        {Addr: "127.0.0.1:25"},
		"name with CRLF": {Addr: "127.0.0.1:25", Hello: "a.example\r\nMAIL FROM:<>"},
	} {
		_, err := smtp.Dial(t.Context(), to)
		if err == nil {
			t.Errorf("%s: dialled", name)
			continue
		}
		refused(t, err, smtp.StageConnect, smtp.KindMessage)
	}
}
