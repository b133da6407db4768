package web

import (
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
)

// letterPage is the answer to a person, from a template, in the person's language.
type letterPage struct {
	requestRow
	Sender account.Workspace
	Today  time.Time
	// In is the language of the letter, whatever language the page is in.
	In   i18n.Lang
	says *i18n.Printer
	zone *time.Location
}

// Say is a text in the letter's language.
func (l letterPage) Say(key string, args ...any) string { return l.says.T(key, args...) }

// Day is a day in the letter's language.
func (l letterPage) Day(t time.Time) string { return documentDay(l.says, t, l.zone) }

// documentDay is a day as letters and forms write it: without the day of the week.
func documentDay(says *i18n.Printer, t time.Time, zone *time.Location) string {
	day, _, _ := strings.Cut(says.Date(t, zone), "(")
	return day
}

// Legal is the sender's name in the letter's language.
func (l letterPage) Legal() string {
	if l.In == i18n.En && l.Sender.Label.LegalNameEn != "" {
		return l.Sender.Label.LegalNameEn
	}
	return l.Sender.Label.LegalName
}

func (s *Site) requestLetter(c *Call) error {
	q, err := s.request(c)
	if err != nil {
		return err
	}
	if q.Open() {
		return fault.New(fault.NotFound, "web.requests.no_letter")
	}
	l := letterPage{requestRow: c.requestRow(q), Sender: c.Workspace, Today: q.AnsweredAt, In: i18n.Lang(c.R.URL.Query().Get("in")), zone: c.Zone}
	if !l.In.Valid() {
		l.In = c.Lang
	}
	l.says = s.Catalogue.For(l.In)
	return c.Render("request_letter", l)
}
