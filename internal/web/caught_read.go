package web

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"regexp"
	"strings"
)

// readMailParts is a mail taken apart as far as a person wants to see it.
type readMailParts struct {
	headers    []mailHeader
	html, text []byte
}

// mailHeader is a header field as it is told to people.
type mailHeader struct{ Name, Value string }

// shownHeaders are the fields that people look for, in their order.
func shownHeaders() []string {
	return []string{
		"From", "To", "Reply-To", "Subject", "Date", "Message-ID", "List-ID", "List-Unsubscribe", "List-Unsubscribe-Post",
		"Feedback-ID", "DKIM-Signature",
	}
}

const (
	// maxPart bounds what is shown of a part, in bytes.
	maxPart = 2 << 20
	// maxDepth bounds parts within parts.
	maxDepth = 5
)

// readMail takes a mail apart. It fails on what is no mail; parts that cannot be
// read are left out.
func readMail(data []byte) (readMailParts, error) {
	var out readMailParts
	m, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		return out, err
	}
	words := new(mime.WordDecoder)
	for _, name := range shownHeaders() {
		for _, value := range m.Header[textproto.CanonicalMIMEHeaderKey(name)] {
			if decoded, err := words.DecodeHeader(value); err == nil {
				value = decoded
			}
			out.headers = append(out.headers, mailHeader{name, value})
		}
	}
	out.part(textproto.MIMEHeader(m.Header), m.Body, 0)
	return out, nil
}

// part keeps the first HTML and the first text among the parts.
func (m *readMailParts) part(h textproto.MIMEHeader, body io.Reader, depth int) {
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		kind = "text/plain"
	}
	if strings.HasPrefix(kind, "multipart/") && depth < maxDepth {
		parts := multipart.NewReader(body, params["boundary"])
		for {
			p, err := parts.NextRawPart()
			if errors.Is(err, io.EOF) || err != nil {
				return
			}
			m.part(p.Header, p, depth+1)
		}
	}
	into := &m.text
	switch kind {
	case "text/html":
		into = &m.html
	case "text/plain":
	default:
		return
	}
	if *into != nil {
		return
	}
	if text, err := io.ReadAll(io.LimitReader(decoded(h.Get("Content-Transfer-Encoding"), body), maxPart)); err == nil {
		*into = []byte(strings.ToValidUTF8(string(text), "\uFFFD"))
	}
}

func decoded(encoding string, body io.Reader) io.Reader {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		return quotedprintable.NewReader(body)
	}
	return body
}

// webAddresses finds web addresses in a plain text.
var webAddresses = regexp.MustCompile(`https?://[^\s<>"'()「」、。]+`)

// linkedPage shows a text part with its web addresses as links.
func linkedPage(lang, text string) []byte {
	plain := string(plainPage(lang, text))
	return []byte(webAddresses.ReplaceAllStringFunc(plain, func(u string) string {
		return `<a href="` + u + `">` + u + `</a>` // escaped with the rest of the text
	}))
}
