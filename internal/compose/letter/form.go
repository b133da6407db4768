package letter

import (
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
)

// Options are what all letters of a campaign share.
type Options struct {
	// From is who sends; it must be there.
	From Mailbox
	// ReplyTo is where answers go, if not to From.
	ReplyTo Mailbox
	// ListID names the topic; none on mail that belongs to no topic.
	ListID ListID
	// FeedbackID groups complaint figures.
	FeedbackID FeedbackID
	// Automatic writes Auto-Submitted: auto-generated (RFC 3834): confirmation
	// and system mail only.
	Automatic bool
	// OneClick writes List-Unsubscribe-Post (RFC 8058) to letters that have a web
	// address to post to.
	OneClick bool
	// Extra are further fields, written last.
	Extra []Field
	// TextOnly leaves the HTML part out.
	TextOnly bool
	// Boundary parts the two texts (RFC 2046 section 5.1.1): 1 to 60 letters,
	// digits, "=", "_", "-" or ".".
	Boundary string
	// TextSample and HTMLSample are typical texts, by which the encoding that
	// makes them smaller is chosen once.
	TextSample, HTMLSample []byte
}

// Form is what all letters of a campaign share, written once.
type Form struct {
	from, reply    []byte // header lines before and after To
	tail           []byte // header lines after the personal ones, up to the first text
	middle, end    []byte // between the texts, and behind them
	text, html     encoding
	oneClick, both bool
}

// NewForm prepares the shared parts. Missing From and a bad boundary are Invalid.
func NewForm(o Options) (*Form, error) {
	if o.From.IsZero() {
		return nil, fault.Bad("from", "compose.letter.no_address")
	}
	if !o.TextOnly && (o.Boundary == "" || len(o.Boundary) > 60 || strings.Trim(o.Boundary, tokenBytes+"=") != "") {
		return nil, fault.Bad("boundary", "compose.letter.bad_token")
	}
	f := &Form{text: choose(o.TextSample), html: choose(o.HTMLSample), oneClick: o.OneClick, both: !o.TextOnly}
	f.from = appendMailbox(nil, "From", o.From)
	f.reply = appendMailbox(nil, "Reply-To", o.ReplyTo)
	f.tail = appendShared(nil, o)
	if f.both {
		f.tail = append(f.tail, "Content-Type: multipart/alternative;\r\n boundary=\""+o.Boundary+"\"\r\n\r\n--"+o.Boundary+"\r\n"...)
		f.middle = append(f.middle, "--"+o.Boundary+"\r\n"...)
		f.middle = appendPart(f.middle, "html", f.html)
		f.end = append(f.end, "--"+o.Boundary+"--\r\n"...)
	}
	f.tail = appendPart(f.tail, "plain", f.text)
	return f, nil
}

func appendShared(dst []byte, o Options) []byte {
	if o.ListID.id != "" {
		l := line{dst: dst}
		l.write("List-Id:")
		if o.ListID.phrase.s != "" {
			l.phrase(o.ListID.phrase.s)
		}
		l.token("<" + o.ListID.id + ">")
		l.end()
		dst = l.dst
	}
	if o.FeedbackID.s != "" {
		l := line{dst: dst}
		l.write("Feedback-ID:")
		l.token(o.FeedbackID.s)
		l.end()
		dst = l.dst
	}
	if o.Automatic {
		dst = append(dst, "Auto-Submitted: auto-generated\r\n"...)
	}
	for _, x := range o.Extra {
		dst = appendText(dst, x.name, x.value)
	}
	return append(dst, "MIME-Version: 1.0\r\n"...)
}

func appendPart(dst []byte, kind string, e encoding) []byte {
	return append(dst, "Content-Type: text/"+kind+"; charset=utf-8\r\nContent-Transfer-Encoding: "+e.String()+"\r\n\r\n"...)
}

func appendMailbox(dst []byte, name string, m Mailbox) []byte {
	if m.IsZero() {
		return dst
	}
	l := line{dst: dst}
	l.write(name)
	l.write(":")
	l.mailbox(m)
	l.end()
	return l.dst
}

func appendText(dst []byte, name string, t Text) []byte {
	if t.s == "" {
		return dst
	}
	l := line{dst: dst}
	l.write(name)
	l.write(":")
	l.text(t.s)
	l.end()
	return l.dst
}

// Letter is what is personal. Reuse one Letter for many: it keeps a work buffer.
type Letter struct {
	// To is the reader.
	To Mailbox
	// Subject is the subject.
	Subject Text
	// Date is when the letter is written.
	Date time.Time
	// ID is its Message-ID.
	ID MessageID
	// Unsubscribe and UnsubscribeMail are the ways out; the web address is written
	// first (RFC 8058). None on a confirmation mail.
	Unsubscribe, UnsubscribeMail URI
	// Text and HTML are the parts, in UTF-8 with line ends of any kind.
	Text, HTML []byte

	canonical []byte
}

// Build appends the letter to dst and returns the longer slice. Fields left zero
// are left out.
func (f *Form) Build(dst []byte, l *Letter) []byte {
	dst = append(dst, f.from...)
	dst = appendMailbox(dst, "To", l.To)
	dst = append(dst, f.reply...)
	dst = appendText(dst, "Subject", l.Subject)
	if !l.Date.IsZero() {
		dst = append(dst, "Date: "...)
		dst = l.Date.AppendFormat(dst, "Mon, 02 Jan 2006 15:04:05 -0700\r\n")
	}
	if l.ID.s != "" {
		dst = append(dst, "Message-ID: "...)
		if len(l.ID.s) > maxLine-len("Message-ID: ") {
			dst = append(dst[:len(dst)-1], "\r\n "...)
		}
		dst = append(append(dst, l.ID.s...), '\r', '\n')
	}
	dst = f.appendExits(dst, l)
	dst = append(dst, f.tail...)
	dst = f.appendBody(dst, f.text, l.Text, l)
	if f.both {
		dst = append(dst, f.middle...)
		dst = f.appendBody(dst, f.html, l.HTML, l)
	}
	return append(dst, f.end...)
}

func (f *Form) appendBody(dst []byte, e encoding, text []byte, l *Letter) []byte {
	l.canonical = appendCRLF(l.canonical[:0], text)
	return e.append(dst, l.canonical)
}

// appendExits writes the headers of RFC 2369 and RFC 8058.
func (f *Form) appendExits(dst []byte, l *Letter) []byte {
	first, second := l.Unsubscribe.s, l.UnsubscribeMail.s
	if first == "" {
		first, second = second, ""
	}
	if first == "" {
		return dst
	}
	dst = append(append(append(dst, "List-Unsubscribe: <"...), first...), '>')
	if second != "" {
		dst = append(append(append(dst, ",\r\n <"...), second...), '>')
	}
	dst = append(dst, '\r', '\n')
	if f.oneClick && l.Unsubscribe.web() {
		dst = append(dst, "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"...)
	}
	return dst
}
