package letter

import (
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
)

// TestANoteSaysThatItIsAutomatic: with a way out only where it has one, and never with
// a line of somebody else's in its head.
func TestANoteSaysThatItIsAutomatic(t *testing.T) {
	t.Parallel()
	n := Note{
		ID: "msg_1", FromName: "みどり茶園", From: must(addr.ParseMail("news@m.example.jp")), To: must(addr.ParseMail("taro@example.jp")),
		Date: time.Date(2026, 11, 21, 14, 5, 0, 0, time.UTC), Subject: []byte("確認のお願い"), Text: []byte("本文"), HTML: []byte("<p>本文</p>"),
	}
	plain := string(must(n.Build()))
	n.Unsubscribe, n.ReplyTo = "https://m.example.jp/unsubscribe/x", must(addr.ParseMail("info@example.jp"))
	refusable := string(must(n.Build()))
	for _, line := range []string{"Auto-Submitted: auto-generated\r\n", "Message-ID: <msg_1@m.example.jp>\r\n", "To: taro@example.jp\r\n"} {
		if !strings.Contains(plain, line) || !strings.Contains(refusable, line) {
			t.Errorf("no %q in\n%s", line, plain)
		}
	}
	for _, line := range []string{"List-Unsubscribe: ", "List-Unsubscribe-Post: ", "Reply-To: "} {
		if strings.Contains(plain, line) || !strings.Contains(refusable, line) {
			t.Errorf("%q in\n%s\n%s", line, plain, refusable)
		}
	}
	for _, change := range []func(n *Note){
		func(n *Note) { n.Subject = []byte("a\r\nBcc: b@example.jp") },
		func(n *Note) { n.FromName = "a\r\nBcc: b@example.jp" },
		func(n *Note) { n.ToName = "a\nb" },
		func(n *Note) { n.ID = "" },
		func(n *Note) { n.From = addr.Mail{} },
		func(n *Note) { n.Unsubscribe = "javascript:1" },
	} {
		bad := n
		change(&bad)
		if got, err := bad.Build(); err == nil {
			t.Errorf("taken:\n%s", got)
		}
	}
}
