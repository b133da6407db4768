package journey

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // mails may come in any encoding
	gomail "github.com/emersion/go-message/mail"
	"github.com/emersion/go-msgauth/dkim"
)

// mail is a received mail, read.
type mail struct {
	raw        []byte
	header     message.Header
	subject    string
	text, html string
}

func readMail(raw []byte) (*mail, error) {
	r, err := gomail.CreateReader(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("read mail: %w", err)
	}
	m := &mail{raw: raw, header: r.Header.Header}
	if m.subject, err = r.Header.Subject(); err != nil {
		return nil, fmt.Errorf("read mail: %w", err)
	}
	for {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return m, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read mail: %w", err)
		}
		body, err := io.ReadAll(part.Body)
		if err != nil {
			return nil, fmt.Errorf("read mail: %w", err)
		}
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			m.html = string(body)
		} else {
			m.text = string(body)
		}
	}
}

// mailWith waits for a mail to the reader whose subject or text has some words.
func (w *walk) mailWith(ctx context.Context, words string) (*mail, error) {
	var found *mail
	err := eventually(ctx, func(ctx context.Context) (bool, error) {
		raws, err := w.Mailbox.Mails(ctx, w.Reader)
		if err != nil {
			return false, err
		}
		for _, raw := range raws {
			m, err := readMail(raw)
			if err != nil {
				return false, err
			}
			if strings.Contains(m.subject, words) || strings.Contains(m.text, words) {
				found = m
				return true, nil
			}
		}
		return false, nil
	})
	return found, err
}

// linkTo finds the first address in the text part that has a path in it.
func (m *mail) linkTo(path string) (string, error) {
	for word := range strings.FieldsSeq(m.text) {
		if at := strings.Index(word, "http"); at >= 0 && strings.Contains(word, path) {
			return strings.TrimRight(word[at:], "<>)]。、"), nil
		}
	}
	return "", fmt.Errorf("the mail has no link to %s", path)
}

// verify checks every DKIM signature, and that the ways out are signed.
func (m *mail) verify(lookup func(name string) ([]string, error)) error {
	results, err := dkim.VerifyWithOptions(bytes.NewReader(m.raw), &dkim.VerifyOptions{LookupTXT: lookup})
	if err != nil {
		return fmt.Errorf("dkim: %w", err)
	}
	if len(results) == 0 {
		return errors.New("the mail is not signed")
	}
	for _, r := range results {
		if r.Err != nil {
			return fmt.Errorf("dkim: %s: %w", r.Domain, r.Err)
		}
		signed := strings.ToLower(strings.Join(r.HeaderKeys, " "))
		for _, h := range []string{"list-unsubscribe", "list-unsubscribe-post", "from", "subject"} {
			if !strings.Contains(" "+signed+" ", " "+h+" ") {
				return fmt.Errorf("dkim: the signature leaves out %s", h)
			}
		}
	}
	return nil
}
