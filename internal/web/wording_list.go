package web

import (
	"encoding/hex"
	"strings"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

const wordingsPath = topicsPath + "/wordings"

// wordingsPage lists the texts people agree to, each in its current version.
type wordingsPage struct {
	Wordings []wordingRow
	MayEdit  bool
}

// wordingRow is a version of a text.
type wordingRow struct {
	consent.Wording
	// Text is in the reader's language.
	Text string
	// By is who wrote it, empty if that was the program.
	By string
}

// Hex is the version's hash as evidence names it.
func (w wordingRow) Hex() string { return hex.EncodeToString(w.Hash) }

// Path is the address of the text's page.
func (w wordingRow) Path() string { return wordingsPath + "/" + string(w.Kind) + "/" + w.Key }

// KindKey is the catalogue key of the kind's word.
func (w wordingRow) KindKey() string { return "web.wording.kind." + string(w.Kind) }

func (s *Site) wordingList(c *Call) error {
	list, err := s.Consent.Wordings(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return err
	}
	p := wordingsPage{MayEdit: c.Can(account.EditTopics)}
	for _, w := range list {
		p.Wordings = append(p.Wordings, wordingRow{Wording: w, Text: w.Text(c.Lang)})
	}
	return c.Render("wordings", p)
}

// wordingPage is one text with all its versions, the newest first.
type wordingPage struct {
	Current wordingRow
	Older   []wordingRow
	Form    page.Form
	MayEdit bool
}

func (s *Site) wordingShow(c *Call) error {
	p, err := s.wordingPage(c)
	if err != nil {
		return err
	}
	return c.Render("wording", p)
}

// wordingPage reads the text that the path names.
func (s *Site) wordingPage(c *Call) (wordingPage, error) {
	kind := consent.WordingKind(c.R.PathValue("kind"))
	versions, err := s.Consent.WordingVersions(c.Context(), s.DB, c.Workspace.ID, kind, c.R.PathValue("key"))
	if err != nil {
		return wordingPage{}, err
	}
	if len(versions) == 0 {
		return wordingPage{}, fault.New(fault.NotFound, "fault.not_found")
	}
	p := wordingPage{MayEdit: c.Can(account.EditTopics)}
	who := newNames(s, nil)
	for i, w := range versions {
		row := wordingRow{Wording: w, Text: w.Text(c.Lang)}
		if w.CreatedBy != 0 {
			if row.By, err = who.operator(c, w.CreatedBy); err != nil {
				return wordingPage{}, err
			}
		}
		if i == 0 {
			p.Current = row
			continue
		}
		p.Older = append(p.Older, row)
	}
	p.Form = page.FormOf("", "text_ja", p.Current.TextJa, "text_en", p.Current.TextEn)
	return p, nil
}

// wordingAdd adds the next version of a text.
func (s *Site) wordingAdd(c *Call) error {
	p, err := s.wordingPage(c)
	if err != nil {
		return err
	}
	if p.Form, err = c.Form(); err != nil {
		return err
	}
	w := p.Current.Wording
	added, err := s.addWording(c, consent.Wording{Kind: w.Kind, Key: w.Key}, p.Form)
	if take(&p.Form, err, wordingFields) {
		return c.RenderForm("wording", p)
	}
	if err != nil {
		return err
	}
	if added.Version == w.Version {
		return c.Done(p.Current.Path(), "web.wording.same")
	}
	return c.Done(p.Current.Path(), "web.wording.added", "Version", added.Version)
}

// wordingFields are the inputs beside which the room's errors stand.
var wordingFields = map[string]string{"text": "text_ja"}

func (s *Site) addWording(c *Call, w consent.Wording, form page.Form) (added consent.Wording, err error) {
	w.Workspace, w.CreatedBy = c.Workspace.ID, c.Operator.ID
	w.TextJa, w.TextEn = block(form.Get("text_ja")), block(form.Get("text_en"))
	err = s.DB.Write(c.Context(), func(tx *store.Tx) error {
		if added, err = s.Consent.AddWording(c.Context(), tx, w, c.Now); err != nil {
			return err
		}
		return c.note(tx, account.Entry{Action: "wording.add", Subject: account.Subject{Kind: "wording", ID: added.ID}})
	})
	return added, err
}

// wordingEditPage is the form of a new text.
type wordingEditPage struct {
	Form  page.Form
	Kinds []page.Option
}

func wordingKinds() []page.Option {
	var all []page.Option
	for _, k := range []consent.WordingKind{consent.WordingPurpose, consent.WordingConsent} {
		all = append(all, page.Option{Value: string(k), Key: "web.wording.kind." + string(k), Help: "web.wording.kind." + string(k) + "_help"})
	}
	return all
}

func (s *Site) wordingNew(c *Call) error {
	form := page.FormOf("", "kind", string(consent.WordingPurpose))
	return c.Render("wording_edit", wordingEditPage{form, wordingKinds()})
}

func (s *Site) wordingCreate(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	w := consent.Wording{Kind: consent.WordingKind(form.Get("kind")), Key: strings.TrimSpace(form.Get("key"))}
	_, err = s.Consent.Wording(c.Context(), s.DB, c.Workspace.ID, w.Kind, w.Key)
	switch {
	case err == nil:
		err = fault.Bad("key", "web.wording.key_taken")
	case fault.Is(err, fault.NotFound):
		w, err = s.addWording(c, w, form)
	}
	if take(&form, err, wordingFields) {
		return c.RenderForm("wording_edit", wordingEditPage{form, wordingKinds()})
	}
	if err != nil {
		return err
	}
	return c.Done(wordingRow{Wording: w}.Path(), "web.wording.created")
}
