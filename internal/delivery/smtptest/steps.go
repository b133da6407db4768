package smtptest

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// Script joins steps and lists of steps to one script.
func Script(parts ...[]Step) []Step {
	var all []Step
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// Say writes lines, each with a CRLF.
func Say(lines ...string) Step {
	return func(c *Conn) error {
		_, err := io.WriteString(c.conn, strings.Join(lines, "\r\n")+"\r\n")
		return err
	}
}

// Expect reads one line for each prefix and fails if one does not begin with it.
func Expect(prefixes ...string) Step {
	return func(c *Conn) error {
		for _, want := range prefixes {
			line, err := c.line()
			if err != nil {
				return fmt.Errorf("waiting for %q: %w", want, err)
			}
			if !strings.HasPrefix(line, want) {
				return fmt.Errorf("got %q, want %q", line, want)
			}
		}
		return nil
	}
}

// Greet greets, reads EHLO and offers extensions.
func Greet(extensions ...string) []Step {
	return []Step{Say("220 scripted.example ESMTP"), Expect("EHLO "), Offer(extensions...)}
}

// Offer answers EHLO.
func Offer(extensions ...string) Step {
	lines := []string{"250-scripted.example"}
	for _, x := range extensions {
		lines = append(lines, "250-"+x)
	}
	last := len(lines) - 1
	lines[last] = "250 " + lines[last][4:]
	return Say(lines...)
}

// Envelope reads pipelined MAIL, RCPT and DATA and says go ahead.
func Envelope() []Step {
	return []Step{Expect("MAIL FROM:", "RCPT TO:", "DATA"), Say("250 2.1.0 ok", "250 2.1.5 ok", "354 go ahead")}
}

// Message reads up to and with the final dot.
func Message() Step {
	return func(c *Conn) error {
		for {
			line, err := c.line()
			if err != nil {
				return err
			}
			if line == ".\r\n" {
				return nil
			}
		}
	}
}

// Take carries one whole pipelined transaction and accepts it.
func Take() []Step {
	return append(Envelope(), Message(), Say("250 2.0.0 queued"))
}

// ReadSome reads n octets and no more.
func ReadSome(n int) Step {
	return func(c *Conn) error {
		_, err := io.CopyN(io.Discard, c.in, int64(n))
		return err
	}
}

// Hangup closes the connection.
func Hangup() Step {
	return func(c *Conn) error {
		_ = c.raw.Close()
		return errEnded
	}
}

// Reset breaks the connection with a TCP RESET.
func Reset() Step {
	return func(c *Conn) error {
		tcp, ok := c.raw.(*net.TCPConn)
		if !ok {
			return fmt.Errorf("not TCP")
		}
		if err := tcp.SetLinger(0); err != nil {
			return err
		}
		_ = tcp.Close()
		return errEnded
	}
}

// Idle says nothing more and waits for the client to go.
func Idle() Step {
	return func(c *Conn) error {
		_ = c.drain()
		return errEnded
	}
}

// Drip writes text octet by octet with pauses until it is out or the client goes.
func Drip(text string, pause time.Duration) Step {
	return func(c *Conn) error {
		beat := time.NewTicker(pause)
		defer beat.Stop()
		for i := range len(text) {
			if _, err := c.conn.Write([]byte{text[i]}); err != nil {
				return errEnded
			}
			<-beat.C
		}
		return nil
	}
}

// Do runs f, for what a test must do at one point of the dialogue.
func Do(f func()) Step {
	return func(*Conn) error {
		f()
		return nil
	}
}

// Secure reads STARTTLS, agrees and makes the server's side of the handshake.
func Secure(config *tls.Config) []Step {
	return []Step{Expect("STARTTLS"), Say("220 2.0.0 ready"), func(c *Conn) error {
		conn := tls.Server(c.raw, config)
		if err := conn.Handshake(); err != nil {
			return err
		}
		c.conn = conn
		c.in = bufio.NewReader(c)
		return nil
	}}
}

// RefusedHandshake makes the server's side of a handshake that the client is to
// refuse; one that succeeds fails the test.
func RefusedHandshake(config *tls.Config) Step {
	return func(c *Conn) error {
		conn := tls.Server(c.raw, config)
		if err := conn.Handshake(); err == nil {
			// In TLS 1.3 the refusal comes as the first thing after the handshake.
			if _, err = conn.Read(make([]byte, 1)); err == nil {
				return fmt.Errorf("the client went on after the handshake")
			}
		}
		return errEnded
	}
}
