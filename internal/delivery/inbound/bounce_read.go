package inbound

import (
	"bufio"
	"bytes"
	"io"
	"mime/multipart"
	"net/textproto"
	"regexp"
	"strings"

	"github.com/kyodaku/kyodaku/internal/store"
)

// Bounce is a report that a message failed for good (RFC 3464).
type Bounce struct {
	// Message is the outbox row that the return path names.
	Message int64
	// Recipients are whom the report is about, as it writes them: the final and,
	// where the mail was forwarded, the original one.
	Recipients []string
	// Status is the enhanced status code, 5.1.1 (RFC 3463).
	Status string
}

// maxReport bounds the machine-readable part of a report, in bytes.
const maxReport = 64 << 10

// statusForm is a permanent enhanced status code.
var statusForm = regexp.MustCompile(`^5\.\d{1,3}\.\d{1,3}\b`)

// readBounce reads a delivery report. It is false for everything that says no
// final failure: delays, relays, vacation notes, free texts.
func readBounce(message string, data []byte, head header) (Bounce, bool) {
	id, err := store.ParsePublic("msg", strings.ToLower(message))
	if err != nil || head.kind != "multipart/report" || !strings.EqualFold(head.params["report-type"], "delivery-status") {
		return Bounce{}, false
	}
	parts := multipart.NewReader(bytes.NewReader(data[head.body:]), head.params["boundary"])
	for {
		part, err := parts.NextRawPart()
		if err != nil {
			return Bounce{}, false
		}
		kind, _, _ := strings.Cut(part.Header.Get("Content-Type"), ";")
		switch strings.ToLower(strings.TrimSpace(kind)) {
		case "message/delivery-status", "message/global-delivery-status":
			b, ok := readStatus(io.LimitReader(part, maxReport))
			b.Message = id
			return b, ok
		}
	}
}

// readStatus reads the groups of fields: the first is about the message, each
// further one about a recipient. The first final failure is the answer.
func readStatus(r io.Reader) (Bounce, bool) {
	lines := textproto.NewReader(bufio.NewReader(r))
	for group := 0; ; group++ {
		fields, err := lines.ReadMIMEHeader()
		if b, ok := failure(fields); ok && group > 0 {
			return b, true
		}
		if err != nil { // the end, or no fields
			return Bounce{}, false
		}
	}
}

func failure(f textproto.MIMEHeader) (Bounce, bool) {
	status := statusForm.FindString(strings.TrimSpace(f.Get("Status")))
	if !strings.EqualFold(firstWord(f.Get("Action")), "failed") || status == "" {
		return Bounce{}, false
	}
	b := Bounce{Status: status}
	for _, name := range [...]string{"Final-Recipient", "Original-Recipient"} {
		kind, address, ok := strings.Cut(f.Get(name), ";")
		if ok && (strings.EqualFold(strings.TrimSpace(kind), "rfc822") || strings.EqualFold(strings.TrimSpace(kind), "utf-8")) {
			b.Recipients = append(b.Recipients, strings.Trim(strings.TrimSpace(address), "<>"))
		}
	}
	return b, len(b.Recipients) > 0
}

// firstWord drops the comments that some servers write behind a value.
func firstWord(s string) string {
	word, _, _ := strings.Cut(strings.TrimSpace(s), " ")
	return word
}
