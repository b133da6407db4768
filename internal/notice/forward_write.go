package notice

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"mime"
	"net/mail"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
)

var _ delivery.Writer = Forwarder{}

// Write implements delivery.Writer for KindForward.
func (f Forwarder) Write(ctx context.Context, r store.Reader, rows []delivery.Leased, now time.Time) ([]delivery.Letter, error) {
	out := make([]delivery.Letter, len(rows))
	for i, row := range rows {
		var err error
		if out[i], err = f.letter(ctx, r, row, now); err != nil {
			if fault.Temporary(err) {
				return nil, failed("write", err)
			}
			out[i] = delivery.Letter{Err: failed("write", err)}
		}
	}
	return out, nil
}

func (f Forwarder) letter(ctx context.Context, r store.Reader, row delivery.Leased, now time.Time) (delivery.Letter, error) {
	var stored forwardPayload
	if err := json.Unmarshal([]byte(row.Payload), &stored); err != nil {
		return delivery.Letter{}, fault.Wrap(fault.Invalid, err, "fault.invalid")
	}
	var data []byte
	var at int64
	if err := r.QueryRow(ctx, sqlForwarded, stored.Mail, row.Workspace).Scan(&data, &at); err != nil {
		return delivery.Letter{}, err
	}
	a, err := f.People.AddressByID(ctx, r, row.Workspace, row.Request.Address)
	if err != nil {
		return delivery.Letter{}, err
	}
	to, err := addr.StoredMail(a.Shown)
	if err != nil {
		return delivery.Letter{}, err
	}
	p, err := f.Accounts.ProfileByID(ctx, r, row.Workspace, row.Profile)
	if err != nil {
		return delivery.Letter{}, err
	}
	ws, err := f.Accounts.WorkspaceByID(ctx, r, row.Workspace)
	if err != nil {
		return delivery.Letter{}, err
	}
	l := delivery.Letter{
		From: f.Returns.For(row.ID, p.FromAddress), To: to, Workspace: row.Workspace, Domain: p.FromAddress.Domain(),
	}
	l.Data = cover(coverOf{
		id: store.Public("msg", row.ID), to: to, profile: p, mail: data, say: f.Texts.For(ws.Lang), now: now,
	})
	return l, nil
}

// coverOf is what a mail is wrapped with.
type coverOf struct {
	id      string
	to      addr.Mail
	profile account.Profile
	mail    []byte
	say     *i18n.Printer
	now     time.Time
}

// maxSubject bounds the subject that is repeated, in letters: its line stays short enough.
const maxSubject = 100

// cover wraps a mail into one of ours: it comes from the sender profile, so that it is
// signed and aligned; answers go to the author; and what the author wrote is inside,
// untouched. It calls itself automatic, so that no machine answers it.
func cover(c coverOf) []byte {
	author, subject := "", ""
	if m, err := mail.ReadMessage(bytes.NewReader(c.mail)); err == nil {
		subject = decoded(m.Header.Get("Subject"))
		for _, name := range []string{"Reply-To", "From"} {
			if a, bad := mail.ParseAddress(m.Header.Get(name)); bad == nil && author == "" {
				author = a.Address
			}
		}
	}
	if letters := []rune(subject); len(letters) > maxSubject {
		subject = string(letters[:maxSubject]) + "…"
	}
	var b bytes.Buffer
	line := func(name, value string) { b.WriteString(name + ": " + value + "\r\n") }
	line("From", phrase(c.profile.FromName)+" <"+c.profile.FromAddress.Wire()+">")
	line("To", "<"+c.to.Wire()+">")
	if m, err := addr.StoredMail(author); err == nil {
		line("Reply-To", "<"+m.Wire()+">")
	}
	line("Subject", word(c.say.T("notice.forward.subject", "Subject", subject)))
	line("Date", c.now.UTC().Format(time.RFC1123Z))
	line("Message-ID", "<"+c.id+"@"+c.profile.FromAddress.Domain()+">")
	line("Auto-Submitted", "auto-generated")
	line("X-Kyodaku-Forwarded", "1")
	line("MIME-Version", "1.0")
	edge := "b-" + c.id
	line("Content-Type", `multipart/mixed; boundary="`+edge+`"`)
	b.WriteString("\r\n--" + edge + "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n")
	base64Lines(&b, []byte(c.say.T("notice.forward.body", "Sender", c.profile.Name, "Author", author)))
	b.WriteString("--" + edge + "\r\n")
	if clean(c.mail) {
		b.WriteString("Content-Type: message/rfc822\r\nContent-Disposition: inline\r\n\r\n")
		b.Write(c.mail)
	} else {
		b.WriteString("Content-Type: application/octet-stream; name=\"mail.eml\"\r\nContent-Disposition: attachment; filename=\"mail.eml\"\r\nContent-Transfer-Encoding: base64\r\n\r\n")
		base64Lines(&b, c.mail)
	}
	b.WriteString("\r\n--" + edge + "--\r\n")
	return b.Bytes()
}

// decoded reads encoded words; what cannot be read is left as it is.
func decoded(s string) string {
	out, err := new(mime.WordDecoder).DecodeHeader(s)
	if err != nil {
		return s
	}
	return out
}

// word is a text in a header field, with nothing in it that could end the field.
func word(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	return mime.BEncoding.Encode("utf-8", s)
}

// phrase is a name before an address: an encoded word, or a quoted string.
func phrase(s string) string {
	if e := word(s); strings.HasPrefix(e, "=?") {
		return e
	}
	return `"` + strings.NewReplacer(`\`, "", `"`, "").Replace(word(s)) + `"`
}

func base64Lines(b *bytes.Buffer, data []byte) {
	text := base64.StdEncoding.EncodeToString(data)
	for len(text) > 76 {
		b.WriteString(text[:76] + "\r\n")
		text = text[76:]
	}
	b.WriteString(text + "\r\n")
}

// clean says whether a mail can be passed on as it is: ASCII in lines of a size that
// every server takes.
func clean(data []byte) bool {
	for line := range bytes.Lines(data) {
		body, ok := bytes.CutSuffix(line, []byte("\r\n"))
		if !ok || len(body) > 998 || bytes.ContainsAny(body, "\r\x00") || bytes.IndexFunc(body, func(r rune) bool { return r > 0x7e }) >= 0 {
			return false
		}
	}
	return true
}
