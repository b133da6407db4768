package letter

import (
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
)

// Note is an automatic letter to one person, which shares nothing with others:
// confirmations, links, notices (RFC 3834).
type Note struct {
	// ID is the letter's public id, the left half of its Message-ID.
	ID string
	// From is who sends, under a name that may be empty. ReplyTo may be missing.
	FromName      string
	From, ReplyTo addr.Mail
	// To is the reader, under a name that may be empty.
	ToName string
	To     addr.Mail
	// Unsubscribe is the one-click way out (RFC 8058) where the letter needs one.
	Unsubscribe         string
	Date                time.Time
	Subject, Text, HTML []byte
}

// Build writes the letter. Its errors are those of the parts of a letter: Invalid.
func (n Note) Build() ([]byte, error) {
	o := Options{
		Automatic: true, OneClick: n.Unsubscribe != "", Boundary: "b-" + n.ID, TextSample: n.Text, HTMLSample: n.HTML,
	}
	l := Letter{Date: n.Date, Text: n.Text, HTML: n.HTML}
	var err error
	if o.From, err = NewMailbox(n.FromName, n.From); err != nil {
		return nil, err
	}
	if !n.ReplyTo.IsZero() {
		if o.ReplyTo, err = NewMailbox("", n.ReplyTo); err != nil {
			return nil, err
		}
	}
	if l.To, err = NewMailbox(n.ToName, n.To); err != nil {
		return nil, err
	}
	if l.Subject, err = NewText("subject", string(n.Subject)); err != nil {
		return nil, err
	}
	if l.ID, err = NewMessageID(n.ID, n.From.Domain()); err != nil {
		return nil, err
	}
	if n.Unsubscribe != "" {
		if l.Unsubscribe, err = NewURI(n.Unsubscribe); err != nil {
			return nil, err
		}
	}
	form, err := NewForm(o)
	if err != nil {
		return nil, err
	}
	return form.Build(nil, &l), nil
}
