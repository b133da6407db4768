package smtptest

import (
	"net"
	"time"
)

// Greets says whether a mail server answers at host:port.
func Greets(addr string) bool {
	conn, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	word := make([]byte, 4)
	if _, err = conn.Read(word); err != nil || string(word) != "220 " {
		return false
	}
	_, _ = conn.Write([]byte("QUIT\r\n"))
	return true
}
