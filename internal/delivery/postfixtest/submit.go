package postfixtest

import (
	"bytes"
	"os/exec"
	"testing"
)

// Submit hands a mail to Postfix as a program on its machine would, so that it is taken
// for any recipient. One outside of the server's domains cannot be delivered, and
// Postfix sends its report to from, where Mails finds it if that is in a domain of the
// server's. data has CRLF line ends.
func (s *Server) Submit(tb testing.TB, from, to string, data []byte) {
	tb.Helper()
	send := exec.CommandContext(tb.Context(), "/usr/sbin/sendmail", "-C", s.etc(), "-i", "-f", from, "--", to)
	send.Stdin = bytes.NewReader(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")))
	if out, err := send.CombinedOutput(); err != nil {
		tb.Fatalf("postfixtest: submit: %v: %s", err, out)
	}
}
