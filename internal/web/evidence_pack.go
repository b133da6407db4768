package web

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/report"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// evidencePackPage asks why a person's evidence leaves the house.
type evidencePackPage struct {
	contactHead
	Form  page.Form
	Langs []page.Option
	// Key verifies the pack; it is told apart from it.
	Key string
}

func (s *Site) evidencePackShow(c *Call) error {
	one, err := s.contact(c)
	if err != nil {
		return err
	}
	return s.evidencePackForm(c, one, page.FormOf("", "lang", string(c.Lang)))
}

func (s *Site) evidencePackForm(c *Call, one contact.Contact, form page.Form) error {
	head, err := s.Consent.Head(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return err
	}
	p := evidencePackPage{contactHead: c.contactHead(one), Form: form, Langs: langOptions(), Key: head.VerifierKey}
	return c.renderTyped(form, "evidence_pack", p)
}

// evidencePack hands out the pack. It is made whole before the first byte goes out,
// and stands in the audit log before it is handed over.
func (s *Site) evidencePack(c *Call) error {
	one, form, err := about(c, s.contact)
	if err != nil {
		return err
	}
	reason, lang := line(form.Get("reason")), i18n.Lang(form.Get("lang"))
	if !lang.Valid() {
		lang = c.Lang
	}
	pack, err := s.packOf(c, one, lang)
	if err != nil {
		return err
	}
	err = s.DB.Write(c.Context(), func(tx *store.Tx) error {
		return c.takes(tx, account.Evidence, account.Entry{Action: "evidence.export", Reason: reason, Subject: account.Subject{Kind: "contact", ID: one.ID}})
	})
	if form.Take(err) {
		return s.evidencePackForm(c, one, form)
	}
	if err != nil {
		return err
	}
	c.attachment("evidence-"+store.Public(contact.Prefix, one.ID)+".zip", "application/zip")
	c.W.Header().Set("Content-Length", strconv.Itoa(len(pack)))
	_, _ = c.W.Write(pack) // a reader who left gets nothing more
	return nil
}

func (s *Site) packOf(c *Call, one contact.Contact, lang i18n.Lang) ([]byte, error) {
	addresses, err := s.Contacts.AddressesOf(c.Context(), s.DB, c.Workspace.ID, one.ID)
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(addresses))
	for i, a := range addresses {
		ids[i] = a.ID
	}
	var b bytes.Buffer
	err = s.Consent.ExportPack(c.Context(), &b, consent.PackRequest{
		Workspace: c.Workspace.ID, Contact: one.ID, Lang: lang, Now: c.Now, Texts: s.Catalogue,
		Messages: report.Messages(c.Context(), s.DB, c.Workspace.ID, ids),
	})
	return b.Bytes(), err
}

// evidenceShownPage is what a person was shown, in a frame in which nothing runs.
func (s *Site) evidenceShownPage(c *Call) error {
	shown, err := s.Consent.ShownByHash(c.Context(), s.DB, c.Workspace.ID, c.R.PathValue("hash"))
	if err != nil {
		return err
	}
	h := c.W.Header()
	h.Set("Content-Security-Policy", shownPolicy)
	h.Set("Content-Type", "text/plain; charset=utf-8")
	if strings.Contains(shown.Body, "<") {
		h.Set("Content-Type", "text/html; charset=utf-8")
	}
	h.Set("Cache-Control", "private, max-age=3600")
	_, _ = c.W.Write([]byte(shown.Body)) // a reader who left gets nothing more
	return nil
}

// shownPolicy keeps a page from the past from doing anything: no script, no form, no
// request, an origin of its own.
const shownPolicy = "sandbox; default-src 'none'; style-src 'self' 'unsafe-inline'; img-src data:; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"

// evidenceShownData is the page around the frame.
type evidenceShownData struct {
	consent.Shown
	Hex, Frame string
}

// KindKey is the catalogue key of what was shown.
func (e evidenceShownData) KindKey() string { return "web.shown." + e.Kind }

func (s *Site) evidenceShown(c *Call) error {
	shown, err := s.Consent.ShownByHash(c.Context(), s.DB, c.Workspace.ID, c.R.PathValue("hash"))
	if err != nil {
		return err
	}
	return c.Render("evidence_shown", evidenceShownData{shown, hexOf(shown.Hash), c.R.URL.Path + "/page"})
}
