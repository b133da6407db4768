package web

import (
	"strconv"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/delivery"
	"github.com/kyodaku/kyodaku/internal/fault"
)

// caughtMailPage is one caught mail.
type caughtMailPage struct {
	Mail    delivery.CaughtMail
	Path    string
	Headers []mailHeader
	// HTML and Text say which parts the mail has.
	HTML, Text bool
	Size       int64
	// Broken says that it could not be read as a mail; its source still can.
	Broken bool
}

// caughtMail reads the mail that the path names. A mail to another operator may hold
// a link that signs in as them, so it is theirs alone.
func (s *Site) caughtMail(c *Call) (delivery.CaughtMail, error) {
	id, err := c.ID(caughtPrefix, "id")
	if err != nil {
		return delivery.CaughtMail{}, err
	}
	whose, err := s.caughtBy(c)
	if err != nil {
		return delivery.CaughtMail{}, err
	}
	m, err := s.Caught.Get(c.Context(), whose, id)
	if err != nil {
		return delivery.CaughtMail{}, err
	}
	to, err := addr.StoredMail(m.To)
	if err != nil {
		return m, nil //nolint:nilerr // what is no address is no operator's
	}
	o, err := s.Accounts.OperatorByEmail(c.Context(), s.DB, to)
	switch {
	case fault.Is(err, fault.NotFound), err == nil && o.ID == c.Operator.ID:
		return m, nil
	case err != nil:
		return delivery.CaughtMail{}, err
	}
	return delivery.CaughtMail{}, fault.New(fault.Refused, "account.role.may_not")
}

func (s *Site) caughtShow(c *Call) error {
	m, err := s.caughtMail(c)
	if err != nil {
		return err
	}
	p := caughtMailPage{Mail: m, Path: caughtPath + "/" + c.R.PathValue("id"), Size: int64(len(m.Data))}
	read, err := readMail(m.Data)
	p.Broken = err != nil
	p.Headers, p.HTML, p.Text = read.headers, read.html != nil, read.text != nil
	return c.Render("caught_mail", p)
}

func (s *Site) caughtHTML(c *Call) error {
	m, err := s.caughtMail(c)
	if err != nil {
		return err
	}
	read, err := readMail(m.Data)
	if err != nil || read.html == nil {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	return c.showMail(withTarget(read.html))
}

func (s *Site) caughtText(c *Call) error {
	m, err := s.caughtMail(c)
	if err != nil {
		return err
	}
	read, err := readMail(m.Data)
	if err != nil || read.text == nil {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	return c.showMail(withTarget(linkedPage(string(c.Lang), string(read.text))))
}

// caughtSource gives the bytes as they came over the wire.
func (s *Site) caughtSource(c *Call) error {
	m, err := s.caughtMail(c)
	if err != nil {
		return err
	}
	h := c.W.Header()
	h.Set("Content-Security-Policy", mailPolicy)
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(m.Data)))
	h.Set("Cache-Control", "no-store")
	_, _ = c.W.Write(m.Data) // a reader who left gets nothing more
	return nil
}
