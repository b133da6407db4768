package inbound

import (
	"bytes"
	"net/mail"
	"strings"
)

// maxHops is when a mail goes in circles; RFC 5321 6.3 asks for at least 100.
const maxHops = 100

// Forwarded marks mail that we sent on, so that it is not sent on again.
const Forwarded = "X-Kyodaku-Forwarded"

// header is what a mail's head says about itself. Its zero value says nothing.
type header struct{ fields mail.Header }

// readHead reads the head of a mail. A head that cannot be read says nothing: a
// refusal stands in the address, not in the text.
func readHead(data []byte) header {
	m, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		return header{}
	}
	return header{m.Header}
}

func (h header) hops() int { return len(h.fields["Received"]) }

// ours says whether we sent this mail on before.
func (h header) ours() bool { return h.fields.Get(Forwarded) != "" }

// autoReply says whether a machine answered by itself (RFC 3834 5): that is not
// the person's word. Mail that a program generated for somebody is.
func (h header) autoReply() bool {
	kind, _, _ := strings.Cut(h.fields.Get("Auto-Submitted"), ";")
	word, _, _ := strings.Cut(strings.TrimSpace(kind), " ")
	return strings.EqualFold(word, "auto-replied")
}
