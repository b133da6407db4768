package inbound

import (
	"bytes"
	"mime"
	"net/mail"
	"strings"
)

// maxHops is when a mail goes in circles; RFC 5321 6.3 asks for at least 100.
const maxHops = 100

// header is what a mail's head says about itself. Its zero value says nothing.
type header struct {
	fields mail.Header
	kind   string
	params map[string]string
	body   int
}

// readHead reads the head of a mail. A head that cannot be read says nothing: a
// refusal stands in the address, not in the text.
func readHead(data []byte) header {
	m, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		return header{}
	}
	h := header{fields: m.Header, body: len(data)}
	for _, gap := range []string{"\r\n\r\n", "\n\n"} {
		if i := bytes.Index(data, []byte(gap)); i >= 0 {
			h.body = min(h.body, i+len(gap))
		}
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err == nil {
		h.kind, h.params = kind, params
	}
	return h
}

func (h header) hops() int { return len(h.fields["Received"]) }

// autoReply says whether a machine answered by itself (RFC 3834 5): that is not
// the person's word. Mail that a program generated for somebody is.
func (h header) autoReply() bool {
	kind, _, _ := strings.Cut(h.fields.Get("Auto-Submitted"), ";")
	return strings.EqualFold(firstWord(kind), "auto-replied")
}
