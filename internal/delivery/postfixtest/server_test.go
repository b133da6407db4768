package postfixtest_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	msgauth "github.com/emersion/go-msgauth/dkim"

	"github.com/kyodaku/kyodaku/internal/delivery/dkim"
	"github.com/kyodaku/kyodaku/internal/delivery/postfixtest"
	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
	"github.com/kyodaku/kyodaku/internal/delivery/smtptest"
)

// signer makes an Ed25519 stamp and the DNS that holds its record.
func signer(t *testing.T) (*dkim.Stamp, func(string) ([]string, error)) {
	t.Helper()
	raw, err := dkim.Generate(dkim.Ed25519SHA256)
	if err != nil {
		t.Fatal(err)
	}
	key, err := dkim.NewKey("sender.example", "s1", dkim.Go(raw))
	if err != nil {
		t.Fatal(err)
	}
	stamp, err := dkim.NewStamp(key)
	if err != nil {
		t.Fatal(err)
	}
	record, err := dkim.Record(raw.Public())
	if err != nil {
		t.Fatal(err)
	}
	return stamp, func(string) ([]string, error) { return []string{record}, nil }
}

func letter(n int) string {
	return fmt.Sprintf("From: news@sender.example\r\nTo: r%d@example.jp\r\nSubject: =?utf-8?b?5Lu25ZCN?= %d\r\n"+
		"List-Unsubscribe: <https://sender.example/u/%d>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"+
		"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"+
		".一行目\r\n.\r\n..\r\n本文 %d  です \r\n\r\n", n, n, n, n)
}

// A hundred signed mails over four pooled sessions, half of them encrypted, to a
// server that others wrote: every one arrives once and its signature holds.
func TestHundredMailsOverPooledSessions(t *testing.T) {
	t.Parallel()
	const mails, sessions = 100, 4
	server := postfixtest.Start(t, "example.jp", "example.com")
	stamp, lookup := signer(t)
	var work sync.WaitGroup
	for lane := range sessions {
		policy := smtp.TLSEncrypted
		if lane%2 == 0 {
			policy = smtp.TLSNever
		}
		work.Go(func() {
			session, err := smtp.Dial(t.Context(), smtp.Target{Addr: server.Addr, Hello: "out.sender.example", TLS: policy})
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = session.Quit(t.Context()) }()
			for n := lane; n < mails; n += sessions {
				signed, err := stamp.Sign(nil, []byte(letter(n)), time.Now())
				if err != nil {
					t.Error(err)
					return
				}
				env := smtp.Envelope{From: "bounce@sender.example", To: fmt.Sprintf("r%d@example.jp", n)}
				res, err := session.Deliver(t.Context(), env, signed, &smtptest.Fence{})
				if err != nil || !res.Accepted || !session.Usable() {
					t.Errorf("mail %d: %+v, %v", n, res, err)
					return
				}
			}
		})
	}
	work.Wait()
	got := server.Wait(t, mails)
	if len(got) != mails {
		t.Fatalf("%d mails came", len(got))
	}
	seen := map[string]bool{}
	for _, mail := range got {
		seen[strings.Join(postfixtest.Header(mail, "Delivered-To"), " ")] = true
		checked, err := msgauth.VerifyWithOptions(bytes.NewReader(mail), &msgauth.VerifyOptions{LookupTXT: lookup})
		if err != nil || len(checked) != 1 || checked[0].Err != nil {
			t.Fatalf("the signature does not hold: %+v, %v\n%s", checked, err, mail)
		}
		if !bytes.Contains(mail, []byte("\r\n\r\n.一行目\r\n.\r\n..\r\n本文 ")) {
			t.Fatalf("the dots changed: %q", mail)
		}
	}
	if len(seen) != mails {
		t.Errorf("%d recipients got %d mails", len(seen), mails)
	}
}

func TestRefusalsAndFence(t *testing.T) {
	t.Parallel()
	server := postfixtest.Start(t)
	session, err := smtp.Dial(t.Context(), smtp.Target{Addr: server.Addr, Hello: "out.sender.example"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = session.Close() }()
	if x := session.Extensions(); !x.Pipelining || !x.EightBit || !x.SMTPUTF8 || x.Size != 20480000 || !session.TLS().Active {
		t.Errorf("extensions are %+v, TLS %v", x, session.TLS())
	}
	send := func(to string, fence smtp.Fence) (smtp.Result, error) {
		env := smtp.Envelope{From: "bounce@sender.example", To: to}
		return session.Deliver(t.Context(), env, []byte(letter(1)), fence)
	}
	res, err := send("somebody@elsewhere.example", &smtptest.Fence{})
	if err == nil || res.Stage != smtp.StageRcpt || res.Temporary || res.Reply.Enhanced != "5.7.1" {
		t.Errorf("a stranger's domain: %+v, %v", res, err)
	}
	withdrawn := errors.New("withdrawn")
	if res, err = send("a@example.jp", &smtptest.Fence{Mail: withdrawn}); !errors.Is(err, withdrawn) || !res.Withheld {
		t.Errorf("withheld before MAIL: %+v, %v", res, err)
	}
	if res, err = send("b@example.jp", &smtptest.Fence{}); err != nil || !res.Accepted {
		t.Errorf("after RSET: %+v, %v", res, err)
	}
	if res, err = send("c@example.jp", &smtptest.Fence{Dot: withdrawn}); !errors.Is(err, withdrawn) || res.DotSent || session.Usable() {
		t.Errorf("withheld before the dot: %+v, %v", res, err)
	}
	server.Wait(t, 1)
	again, err := smtp.Dial(t.Context(), smtp.Target{Addr: server.Addr, Hello: "out.sender.example"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = again.Quit(t.Context()) }()
	session = again
	if _, err := send("d@example.jp", &smtptest.Fence{}); err != nil {
		t.Fatal(err)
	}
	for _, mail := range server.Wait(t, 2) {
		if to := strings.Join(postfixtest.Header(mail, "Delivered-To"), " "); to != "b@example.jp" && to != "d@example.jp" {
			t.Errorf("a mail for %q came", to)
		}
	}
}
