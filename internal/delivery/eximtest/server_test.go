package eximtest_test

import (
	"bytes"
	"testing"

	"github.com/kyodaku/kyodaku/internal/delivery/eximtest"
	"github.com/kyodaku/kyodaku/internal/delivery/smtp"
	"github.com/kyodaku/kyodaku/internal/delivery/smtptest"
)

func TestItTakesMailForItsDomainsOnly(t *testing.T) {
	t.Parallel()
	server := eximtest.Start(t, "example.jp", "example.com")
	session, err := smtp.Dial(t.Context(), smtp.Target{Addr: server.Addr, Hello: "out.sender.example", TLS: smtp.TLSEncrypted})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = session.Quit(t.Context()) }()
	if x := session.Extensions(); !x.Pipelining || !x.EightBit || !x.SMTPUTF8 || x.Size != 1<<20 || x.Enhanced {
		t.Errorf("extensions are %+v", x)
	}
	body := []byte("From: news@sender.example\r\nSubject: x\r\n\r\n.\r\nHello\r\n")
	for to, taken := range map[string]bool{
		"a@example.jp": true, "b@example.com": true, "c@elsewhere.example": false, "unknown@example.jp": false, "nowhere@example.jp": false,
	} {
		res, err := session.Deliver(t.Context(), smtp.Envelope{From: "bounce@sender.example", To: to}, body, &smtptest.Fence{})
		if taken != res.Accepted || taken != (err == nil) || !session.Usable() {
			t.Errorf("%s: %+v, %v", to, res, err)
		}
	}
	for _, mail := range server.Wait(t, 2) {
		if !bytes.HasPrefix(mail, []byte("Return-path: <bounce@sender.example>\r\nEnvelope-to: ")) || !bytes.HasSuffix(mail, body) {
			t.Errorf("%q came", mail)
		}
	}
}
