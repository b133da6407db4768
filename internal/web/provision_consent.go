package web

import (
	"strconv"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// provisionConsentsPage lists what people said of a programme, and enters what somebody says:
// a consent or its withdrawal, with the wording that was read and where that can be seen.
type provisionConsentsPage struct {
	programmeRow
	// Person is who was come from, nil when everybody's words are listed.
	Person *contactHead
	Words  []wordRow
	// Standing is how many people's consent stands.
	Standing                         int64
	Form                             page.Form
	Kinds, Versions, Recipients      []page.Option
	Pager                            page.Pager
	Foreign, MaySee, MayHear, Frozen bool
}

// wordRow is a consent or a withdrawal in words.
type wordRow struct {
	provision.Word
	Contact, Name, To, By string
	page.Badge
}

// The kinds of words that are entered.
const (
	givenWord     = "given"
	withdrawnWord = "withdrawn"
)

// mayGive says whether the operator may write down a consent. A withdrawal may be written down
// by everybody who may record a refusal.
func (c *Call) mayGive() bool { return c.Can(account.EditContacts) || c.Can(account.Erase) }

func (s *Site) consentList(c *Call) error {
	p, err := s.programme(c)
	if err != nil {
		return err
	}
	version := len(p.Versions)
	if in := p.InForce(); in != nil {
		version = in.Number
	}
	kind := givenWord
	if !c.mayGive() {
		kind = withdrawnWord
	}
	return s.consentForm(c, p, page.FormOf("", "kind", kind, "version", strconv.Itoa(version), "on", c.Now.In(c.Zone).Format(time.DateOnly),
		"contact", c.R.URL.Query().Get("contact")))
}

func (s *Site) consentForm(c *Call, of provision.Programme, form page.Form) error {
	p := provisionConsentsPage{
		programmeRow: c.programmeRow(of), Form: form, MaySee: c.Can(account.Evidence), MayHear: c.Can(account.RecordRefusal),
		Frozen: len(of.Versions) > 0, Foreign: foreignSomewhere(of), Kinds: options([]string{withdrawnWord}, "web.provision.word."),
	}
	if c.mayGive() {
		p.Kinds = options([]string{givenWord, withdrawnWord}, "web.provision.word.")
	}
	for n := len(of.Versions); n > 0; n-- {
		p.Versions = append(p.Versions, page.Option{Value: strconv.Itoa(n), Text: c.T("web.provision.version", "N", n)})
	}
	p.Versions = append(p.Versions, page.Option{Value: "0", Key: "web.provision.word.other_wording"})
	for _, part := range []func(*Call, provision.Programme, *provisionConsentsPage) error{s.consentRecipients, s.consentWords} {
		if err := part(c, of, &p); err != nil {
			return err
		}
	}
	return c.renderTyped(form, "provision_consents", p)
}

// foreignSomewhere says whether any wording tells of a recipient abroad.
func foreignSomewhere(p provision.Programme) bool {
	for i := range p.Versions {
		if p.Versions[i].Items.Terms.Foreign.Needed {
			return true
		}
	}
	return p.Draft.Terms.Foreign.Needed
}

func (s *Site) consentRecipients(c *Call, _ provision.Programme, p *provisionConsentsPage) error {
	p.Recipients = []page.Option{{Key: "web.provision.word.everybody"}}
	all, err := s.ProvisionRuns.Recipients(c.Context(), s.DB, c.Workspace.ID)
	for _, r := range all {
		if r.ArchivedAt.IsZero() {
			p.Recipients = append(p.Recipients, page.Option{Value: r.Public(), Text: r.Name})
		}
	}
	return err
}

// consentWords lists the words of the person who is asked for, or of everybody.
func (s *Site) consentWords(c *Call, of provision.Programme, p *provisionConsentsPage) error {
	var err error
	if p.Standing, err = s.ProvisionRuns.Consented(c.Context(), s.DB, of); err != nil {
		return err
	}
	if id, err := store.ParsePublic(contact.Prefix, p.Form.Get("contact")); err == nil {
		one, err := s.Contacts.Get(c.Context(), s.DB, c.Workspace.ID, id)
		if err != nil {
			return err
		}
		head := c.contactHead(one)
		p.Person = &head
		words, err := s.ProvisionRuns.WordsOf(c.Context(), s.DB, c.Workspace.ID, id)
		if err != nil {
			return err
		}
		p.Words, err = s.wordRows(c, wordsAbout(words, of.ID))
		return err
	}
	before, _ := strconv.ParseInt(c.After(), 10, 64) // 0 is the top
	words, err := s.ProvisionRuns.Words(c.Context(), s.DB, of, before)
	if err != nil {
		return err
	}
	next := ""
	if len(words) == provision.WordsMost {
		next = strconv.FormatInt(words[len(words)-1].ID, 10)
	}
	p.Pager = c.Pager(next)
	p.Words, err = s.wordRows(c, words)
	return err
}

func wordsAbout(all []provision.Word, programme int64) []provision.Word {
	var out []provision.Word
	for _, w := range all {
		if w.Programme == programme {
			out = append(out, w)
		}
	}
	return out
}

// wordRows puts words beside the names of whom they are about.
func (s *Site) wordRows(c *Call, words []provision.Word) ([]wordRow, error) {
	recipients, people, who := map[int64]string{0: c.T("web.provision.word.everybody")}, map[int64]string{}, newNames(s, nil)
	rows := make([]wordRow, 0, len(words))
	for _, w := range words {
		row := wordRow{Word: w, Contact: store.Public(contact.Prefix, w.Contact), Badge: page.Badge{Tone: "quiet", Key: "web.provision.word.withdrawn"}}
		if w.Given {
			row.Badge = page.Badge{Tone: "strong", Key: "web.provision.word.given"}
		}
		if _, known := people[w.Contact]; !known {
			one, err := s.Contacts.Get(c.Context(), s.DB, c.Workspace.ID, w.Contact)
			if err != nil && !fault.Is(err, fault.NotFound) {
				return nil, err
			}
			people[w.Contact] = c.contactHead(one).Name
		}
		if _, known := recipients[w.Recipient]; !known {
			r, err := s.ProvisionRuns.Recipient(c.Context(), s.DB, c.Workspace.ID, w.Recipient)
			if err != nil {
				return nil, err
			}
			recipients[w.Recipient] = r.Name
		}
		row.Name, row.To = people[w.Contact], recipients[w.Recipient]
		var err error
		if row.By, err = who.operator(c, w.By); err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func (s *Site) consentEnter(c *Call) error {
	p, form, err := about(c, s.programme)
	if err != nil {
		return err
	}
	w, err := s.wordOf(c, form)
	if err == nil {
		err = s.ProvisionRuns.Agree(c.Context(), c.By(), p, []provision.Agreement{w}, c.Now)
	}
	if form.Take(err) {
		return s.consentForm(c, p, form)
	}
	if err != nil {
		return err
	}
	return c.Done(provisionPath+"/"+p.Public()+"/consents?contact="+store.Public(contact.Prefix, w.Contact), "web.provision.word.entered")
}

// wordOf reads what somebody said from the form.
func (s *Site) wordOf(c *Call, form page.Form) (provision.Agreement, error) {
	w := provision.Agreement{Given: form.Get("kind") == givenWord, On: c.dayOf(form.Get("on")), Evidence: block(form.Get("evidence"))}
	if kind := form.Get("kind"); kind != givenWord && kind != withdrawnWord {
		return w, fault.Bad("kind", "web.provision.word.kind")
	}
	var err error
	if w.Contact, err = s.personTyped(c, form.Get("contact")); err != nil {
		return w, err
	}
	if to := form.Get("recipient"); to != "" {
		if w.Recipient, err = store.ParsePublic(provision.RecipientPrefix, to); err != nil {
			return w, fault.Bad("recipient", "web.provision.recipient_needed")
		}
	}
	if w.Given {
		w.Abroad = form.Get("abroad") == "1"
		if w.Version, err = strconv.Atoi(form.Get("version")); err != nil {
			return w, fault.Bad("version", "provision.version.unknown")
		}
	}
	return w, nil
}

// personTyped finds a living person by what was typed: the ID or a mail address.
func (s *Site) personTyped(c *Call, text string) (int64, error) {
	unknown := fault.Bad("contact", "web.provision.word.no_contact")
	text = strings.TrimSpace(text)
	id, err := store.ParsePublic(contact.Prefix, text)
	if err != nil {
		mail, err := addr.ParseMail(text)
		if err != nil {
			return 0, unknown
		}
		a, err := s.Contacts.AddressByHash(c.Context(), s.DB, c.Workspace.ID, s.Contacts.Hash(c.Workspace.ID, mail))
		if err != nil && !fault.Is(err, fault.NotFound) {
			return 0, err
		}
		id = a.Contact
	}
	one, err := s.Contacts.Get(c.Context(), s.DB, c.Workspace.ID, id)
	if fault.Is(err, fault.NotFound) || err == nil && !one.Live() {
		return 0, unknown
	}
	return id, err
}
