package preference

import (
	"time"
	"unicode/utf8"
)

// The limits on asking for a link, in this process's memory. A mailbox gets at most
// three links in quick succession, whoever asks.
const (
	networkEvery = 30 * time.Second
	networkBurst = 10
	mailboxEvery = 20 * time.Minute
	mailboxBurst = 3
)

// cut shortens s to at most n bytes of valid UTF-8.
func cut(s string, n int) string {
	if len(s) > n {
		s = s[:n]
		for len(s) > 0 && !utf8.ValidString(s[max(0, len(s)-utf8.UTFMax):]) {
			s = s[:len(s)-1]
		}
	}
	if !utf8.ValidString(s) {
		return ""
	}
	return s
}
