package smtp

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// Limits of what a server may say. RFC 5321 4.5.3.1.5 allows 512 octets a line.
const (
	maxReplyLine  = 4096
	maxReplyLines = 128
)

// codeClosing is the reply with which a server ends a session at any moment.
const codeClosing = 421

// Reply is a server's answer.
type Reply struct {
	// Code is the three-digit code; 0 means there was no answer.
	Code int
	// Enhanced is the RFC 3463 status such as "5.1.1", or empty.
	Enhanced string
	// Text is what the server wrote after the codes, its lines joined by "\n",
	// valid UTF-8 without control characters.
	Text string
}

// String returns the reply on one line.
func (r Reply) String() string {
	text := strings.ReplaceAll(r.Text, "\n", " / ")
	if r.Enhanced != "" {
		return fmt.Sprintf("%d %s %s", r.Code, r.Enhanced, text)
	}
	return fmt.Sprintf("%d %s", r.Code, text)
}

// Lines returns the text line by line.
func (r Reply) Lines() []string { return strings.Split(r.Text, "\n") }

// positive says whether the reply is 2xx.
func (r Reply) positive() bool { return r.Code/100 == 2 }

// readReply reads one reply of any number of lines.
func readReply(in *bufio.Reader) (Reply, error) {
	var reply Reply
	var text []byte
	for n := range maxReplyLines {
		code, last, rest, err := readReplyLine(in)
		if err != nil {
			return Reply{}, err
		}
		if n > 0 && code != reply.Code {
			return Reply{}, fmt.Errorf("%w: code changes from %d to %d", errProtocol, reply.Code, code)
		}
		reply.Code = code
		status, words := splitEnhanced(code, rest)
		if n == 0 {
			reply.Enhanced = string(status)
		}
		if n == 0 && last {
			reply.Text = clean(words)
			return reply, nil
		}
		if n > 0 {
			text = append(text, '\n')
		}
		text = append(text, words...)
		if last {
			reply.Text = clean(text)
			return reply, nil
		}
	}
	return Reply{}, fmt.Errorf("%w: too many lines", errProtocol)
}

// readReplyLine reads "250-text" or "250 text"; rest is valid until the next read.
func readReplyLine(in *bufio.Reader) (code int, last bool, rest []byte, err error) {
	line, err := in.ReadSlice('\n')
	if err != nil {
		if errors.Is(err, bufio.ErrBufferFull) {
			err = fmt.Errorf("%w: line too long", errProtocol)
		}
		return 0, false, nil, err
	}
	line = bytes.TrimRight(line, "\r\n")
	if len(line) < 3 {
		return 0, false, nil, fmt.Errorf("%w: line too short", errProtocol)
	}
	for _, c := range line[:3] {
		if c < '0' || c > '9' {
			return 0, false, nil, fmt.Errorf("%w: no code", errProtocol)
		}
		code = code*10 + int(c-'0')
	}
	if code < 200 || code > 599 {
		return 0, false, nil, fmt.Errorf("%w: code %d", errProtocol, code)
	}
	switch {
	case len(line) == 3:
		return code, true, nil, nil
	case line[3] == ' ', line[3] == '-':
		return code, line[3] == ' ', line[4:], nil
	default:
		return 0, false, nil, fmt.Errorf("%w: no code", errProtocol)
	}
}

// splitEnhanced cuts a leading RFC 3463 status whose class agrees with the code.
func splitEnhanced(code int, text []byte) (status, rest []byte) {
	word, rest, _ := bytes.Cut(text, []byte(" "))
	parts := bytes.Split(word, []byte("."))
	if len(word) < 5 || len(parts) != 3 || int(word[0]-'0') != code/100 || len(parts[0]) != 1 {
		return nil, text
	}
	for _, p := range parts[1:] {
		if _, err := strconv.ParseUint(string(p), 10, 16); err != nil || len(p) > 3 {
			return nil, text
		}
	}
	return word, rest
}

// clean makes a server's words fit to store and to show.
func clean(text []byte) string {
	odd := func(r rune) bool { return r != '\n' && (unicode.IsControl(r) || r == unicode.ReplacementChar) }
	s := string(text)
	if !strings.ContainsFunc(s, odd) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if odd(r) {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}
