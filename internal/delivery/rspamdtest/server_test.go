package rspamdtest_test

import (
	"testing"

	"github.com/kyodaku/kyodaku/internal/delivery/dnstest"
	"github.com/kyodaku/kyodaku/internal/delivery/rspamdtest"
)

// What is not authenticated must not pass: else passing would prove nothing.
func TestStrangersDoNotPass(t *testing.T) {
	t.Parallel()
	names := dnstest.Start(t, dnstest.Zone{Name: "example.jp", Unsigned: true, Records: []string{
		`example.jp. TXT "v=spf1 ip4:192.0.2.10 -all"`, `_dmarc.example.jp. TXT "v=DMARC1; p=reject"`,
	}})
	server := rspamdtest.Start(t, names.Addr)
	mail := rspamdtest.Mail{
		IP: "192.0.2.11", Hello: "out.example.jp", From: "bounce@example.jp", To: "taro@example.com",
		Data: []byte("From: news@example.jp\r\nTo: taro@example.com\r\nSubject: x\r\n\r\nHello\r\n"),
	}
	got := server.Check(t, mail)
	if !got.Has("R_SPF_FAIL", "R_DKIM_NA", "DMARC_POLICY_REJECT") || got.Has("R_SPF_ALLOW") || got.Has("DMARC_POLICY_ALLOW") {
		t.Errorf("from elsewhere: %v", got)
	}
	mail.IP = "192.0.2.10"
	if got := server.Check(t, mail); !got.Has("R_SPF_ALLOW", "DMARC_POLICY_ALLOW") || got.Has("R_SPF_FAIL") {
		t.Errorf("from where SPF says: %v", got)
	}
}
