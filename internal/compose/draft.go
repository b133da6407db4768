package compose

import (
	"strings"

	"github.com/kyodaku/kyodaku/internal/compose/merge"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
)

// Kind is how a body is written.
type Kind string

// The kinds of body.
const (
	// Markdown is CommonMark with tables; HTML in it is dropped, a line end is a line end.
	Markdown Kind = "markdown"
	// Blocks is a JSON document, see Document.
	Blocks Kind = "blocks"
)

// Draft is a message as written. Subject, Preheader and the texts in Body may hold
// merge tags.
type Draft struct {
	Class     Class
	Lang      i18n.Lang
	Subject   string
	Preheader string
	Kind      Kind
	Body      string
	// Topic and Campaign are the values of topic.name and campaign.name.
	Topic, Campaign string
	// Attributes are the keys allowed behind contact.attr.; nil allows any.
	Attributes []string
}

// check refuses what no renderer can work with.
func (d Draft) check() error {
	var wrong fault.Fields
	if !d.Class.Valid() {
		wrong.Add("class", "compose.draft.class")
	}
	if !d.Lang.Valid() {
		wrong.Add("lang", "compose.draft.lang")
	}
	if d.Kind != Markdown && d.Kind != Blocks {
		wrong.Add("kind", "compose.draft.kind")
	}
	for _, f := range [...]struct{ name, text string }{{"subject", d.Subject}, {"preheader", d.Preheader}} {
		if strings.ContainsAny(f.text, "\r\n\x00") {
			wrong.Add(f.name, "compose.draft.one_line")
		}
		if len(f.text) > 2000 {
			wrong.Add(f.name, "compose.draft.too_long", "Max", 2000)
		}
	}
	if len(d.Body) > merge.MaxText {
		wrong.Add("body", "compose.draft.too_long", "Max", merge.MaxText)
	}
	return wrong.Err()
}

// Label is what the law wants to be read about the sender: SEMA art. 4, SEMR 7–9.
type Label struct {
	// LegalName is the official name of the sender or consignor (L1); a shop's or
	// service's name is not enough.
	LegalName string
	// SenderName is the name readers know; it is the value of sender.name, which
	// is LegalName where this is empty.
	SenderName string
	// PostalAddress is the address of that party (L4).
	PostalAddress string
	// Behalf is the one on whose behalf it is sent, "" for the sender itself.
	Behalf string
	// Phone, Mail and URL take complaints and questions (L5); one is enough.
	Phone, Mail, URL string
}

// Check refuses a label that is incomplete for a class. The error is Invalid and
// names every missing field, as label.legal_name and so on. L2 and L3, the way out
// and the sentence beside it, are the renderer's part.
func (l Label) Check(c Class) error {
	var wrong fault.Fields
	empty := func(s string) bool { return strings.TrimSpace(s) == "" }
	if empty(l.LegalName) {
		wrong.Add("label.legal_name", "compose.label.no_legal_name")
	}
	if c.NeedsExit() {
		if empty(l.PostalAddress) {
			wrong.Add("label.postal_address", "compose.label.no_postal_address")
		}
		if empty(l.Phone) && empty(l.Mail) && empty(l.URL) {
			wrong.Add("label.contact", "compose.label.no_contact")
		}
	}
	if !empty(l.URL) && !merge.SafeURL(l.URL) {
		wrong.Add("label.url", "compose.label.bad_url")
	}
	return wrong.Err()
}

func (l Label) sender() string {
	if s := strings.TrimSpace(l.SenderName); s != "" {
		return s
	}
	return l.LegalName
}
