package tlsreport

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
)

// Mail is a report as a mail, still without signature. It must be signed for the
// domain of From, and sent without regard to the policies that it may complain of
// (RFC 8460 5.3).
type Mail struct {
	From, To string
	// Domain is the domain of To.
	Domain string
	// Data is the message with CRLF line ends.
	Data []byte
}

// FromDomain is the domain of From.
func (m Mail) FromDomain() string { return m.From[strings.LastIndexByte(m.From, '@')+1:] }

// lineWidth is that of base64 (RFC 2045 6.8).
const lineWidth = 76

// mail writes a report as multipart/report (RFC 8460 5.3).
func (b *Book) mail(to string, d Document, domain string, packed []byte) Mail {
	boundary := "=_tlsrpt_" + d.Range.Start.Format("20060102")
	file := b.filename(d, domain)
	var m bytes.Buffer
	line := func(format string, args ...any) { fmt.Fprintf(&m, format+"\r\n", args...) }
	line("From: %s", b.From)
	line("To: %s", to)
	line("Date: %s", b.Clock().UTC().Format(time.RFC1123Z))
	line("Subject: Report Domain: %s", domain)
	line("\tSubmitter: %s", b.Submitter)
	line("\tReport-ID: <%s>", d.ID)
	line("Message-ID: <tlsrpt.%s>", d.ID)
	line("TLS-Report-Domain: %s", domain)
	line("TLS-Report-Submitter: %s", b.Submitter)
	line("Auto-Submitted: auto-generated")
	line("MIME-Version: 1.0")
	line("Content-Type: multipart/report; report-type=\"tlsrpt\";\r\n\tboundary=%q", boundary)
	line("")
	line("--%s", boundary)
	line("Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n")
	line("This is an aggregate report on TLS connections (RFC 8460)")
	line("from %s to %s.", d.Range.Start.Format(time.RFC3339), d.Range.End.Format(time.RFC3339))
	line("")
	line("--%s", boundary)
	line("Content-Type: %s\r\nContent-Transfer-Encoding: base64", mediaType)
	line("Content-Disposition: attachment;\r\n\tfilename=%q\r\n", file)
	for text := base64.StdEncoding.EncodeToString(packed); text != ""; {
		n := min(lineWidth, len(text))
		line("%s", text[:n])
		text = text[n:]
	}
	line("")
	line("--%s--", boundary)
	return Mail{From: b.From, To: to, Domain: to[strings.LastIndexByte(to, '@')+1:], Data: m.Bytes()}
}
