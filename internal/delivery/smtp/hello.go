package smtp

import (
	"context"
	"strconv"
	"strings"
)

// Extensions are what a server offers in its answer to EHLO.
type Extensions struct {
	Pipelining bool // RFC 2920
	Chunking   bool // RFC 3030
	EightBit   bool // 8BITMIME, RFC 6152
	SMTPUTF8   bool // RFC 6531
	Enhanced   bool // ENHANCEDSTATUSCODES, RFC 2034
	StartTLS   bool // RFC 3207
	SizeKnown  bool // SIZE, RFC 1870
	// Size is the largest message in octets; 0 means not told.
	Size int64
	// Auth lists the mechanisms, upper case (RFC 4954).
	Auth []string
}

// hello says EHLO, or HELO to a server that does not know it.
func (s *Session) hello(ctx context.Context) error {
	wait := s.target.Timeouts.Hello
	reply, err := s.ask(ctx, wait, "EHLO "+s.target.Hello)
	if err != nil {
		return failure(ctx, StageHello, err)
	}
	if reply.positive() {
		s.ext = parseExtensions(reply)
		return nil
	}
	if reply.Code < 500 || s.broken {
		return refusal(StageHello, reply)
	}
	s.ext = Extensions{}
	reply, err = s.ask(ctx, wait, "HELO "+s.target.Hello)
	if err != nil {
		return failure(ctx, StageHello, err)
	}
	if !reply.positive() {
		return refusal(StageHello, reply)
	}
	return nil
}

// parseExtensions reads the lines after the first, which is the server's name.
func parseExtensions(reply Reply) Extensions {
	var x Extensions
	for _, line := range reply.Lines()[1:] {
		word, rest, _ := strings.Cut(strings.ToUpper(line), " ")
		switch word {
		case "PIPELINING":
			x.Pipelining = true
		case "CHUNKING":
			x.Chunking = true
		case "8BITMIME":
			x.EightBit = true
		case "SMTPUTF8":
			x.SMTPUTF8 = true
		case "ENHANCEDSTATUSCODES":
			x.Enhanced = true
		case "STARTTLS":
			x.StartTLS = true
		case "SIZE":
			x.SizeKnown = true
			if n, err := strconv.ParseInt(strings.TrimSpace(rest), 10, 64); err == nil && n > 0 {
				x.Size = n
			}
		case "AUTH":
			x.Auth = append(x.Auth, strings.Fields(rest)...)
		default:
			// Old servers write AUTH=PLAIN.
			if list, ok := strings.CutPrefix(strings.ToUpper(line), "AUTH="); ok {
				x.Auth = append(x.Auth, strings.Fields(list)...)
			}
		}
	}
	return x
}
