package web

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/report"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// contactsPerPage is how many people one page of the list has.
const contactsPerPage = 50

func (s *Site) contactRoutes() []Route {
	read, edit, prove := Needs(account.ReadContacts), Needs(account.EditContacts), Needs(account.Evidence)
	field := edit.Or(account.Erase) // who answers for what the law treats apart in it
	one := contactsPath + "/{id}"
	return []Route{
		{Pattern: "GET " + contactsPath, Access: read, Handle: s.contactList, Views: []string{"contacts"}},
		{Pattern: "GET " + contactsPath + "/new", Access: edit, Handle: s.contactNewShow, Views: []string{"contact_new"}},
		{Pattern: "POST " + contactsPath + "/new", Access: edit, Handle: s.contactNew},
		{Pattern: "GET " + one, Access: read, Handle: s.contactShow, Views: []string{"contact"}},
		{Pattern: "GET " + one + "/answer", Access: Needs(account.ReadConsent), Handle: s.contactAnswerShow, Views: []string{"contact_answer"}},
		{Pattern: "GET " + one + "/events/{event}", Access: Needs(account.ReadConsent), Handle: s.contactEvent, Views: []string{"contact_event"}},
		{Pattern: "GET " + one + "/edit", Access: edit, Handle: s.contactEditShow, Views: []string{"contact_edit"}},
		{Pattern: "POST " + one + "/edit", Access: edit, Handle: s.contactEdit},
		{Pattern: "POST " + one + "/notes", Access: edit, Handle: s.contactNote},
		{Pattern: "GET " + one + "/origin", Access: read, Handle: s.originShow, Views: []string{"contact_origin"}},
		{Pattern: "POST " + one + "/origin", Access: Needs(account.RecordRefusal), Handle: s.originAdd},
		{Pattern: "POST " + one + "/origin/lift", Access: Needs(account.Erase), Handle: s.originLift},
		{Pattern: "GET " + one + "/merge", Access: edit, Handle: s.contactMergeShow, Views: []string{"contact_merge"}},
		{Pattern: "POST " + one + "/merge", Access: edit, Handle: s.contactMerge},
		{Pattern: "GET " + one + "/erase", Access: Needs(account.Erase), Handle: s.contactEraseShow, Views: []string{"contact_erase"}},
		{Pattern: "POST " + one + "/erase", Access: Needs(account.Erase), Handle: s.contactErase},
		{Pattern: "GET " + one + "/evidence", Access: prove, Handle: s.evidencePackShow, Views: []string{"evidence_pack"}},
		{Pattern: "POST " + one + "/evidence", Access: prove, Handle: s.evidencePack},
		{Pattern: "GET " + attributesPath, Access: read, Handle: s.attributeList, Views: []string{"contact_attributes"}},
		{Pattern: "GET " + attributesPath + "/new", Access: edit, Handle: s.attributeNew, Views: []string{"contact_attribute"}},
		{Pattern: "POST " + attributesPath + "/new", Access: edit, Handle: s.attributeCreate},
		{Pattern: "GET " + attributesPath + "/{id}", Access: field, Handle: s.attributeShow},
		{Pattern: "POST " + attributesPath + "/{id}", Access: field, Handle: s.attributeEdit},
		{Pattern: "POST " + attributesPath + "/{id}/drop", Access: field, Handle: s.attributeDrop},
	}
}

// contactsPage lists people.
type contactsPage struct {
	Form                          page.Form
	Topics, States, Bases, Grades []page.Option
	Rows                          []contactRow
	Count                         int64
	Pager                         page.Pager
	// Filtered says that the list is not that of everybody.
	Filtered                      bool
	MayEdit, MayImport, MayExport bool
}

// Narrowed says that one of the filters below the search is in use.
func (p contactsPage) Narrowed() bool {
	f := p.Form
	return f.Get("topic")+f.Get("state")+f.Get("basis")+f.Get("grade") != ""
}

// contactRow is a person of the list.
type contactRow struct {
	contactHead
	Company   string
	Addresses []string
	States    []contactState
}

// contactState is where a permission of the person stands.
type contactState struct {
	Topic  string
	Status consent.Status
	Grade  consent.Grade
}

// StatusKey is the catalogue key of the state's word.
func (s contactState) StatusKey() string { return "web.status." + string(s.Status) }

// Tone is the badge's tone.
func (s contactState) Tone() string { return statusTone(s.Status) }

// statusTone is the tone of a state's badge: what is given stands out.
func statusTone(s consent.Status) string {
	switch s {
	case consent.StatusGiven:
		return "strong"
	case consent.StatusRequested:
		return "plain"
	default:
		return "quiet"
	}
}

func (s *Site) contactList(c *Call) error {
	p := contactsPage{
		Form: page.Form{Values: c.R.URL.Query()}, MayEdit: c.Can(account.EditContacts), MayImport: c.Can(account.Import), MayExport: c.Can(account.Export),
	}
	q, err := s.contactQuery(c, p.Form)
	if err != nil {
		return err
	}
	people, err := s.Contacts.Search(c.Context(), s.DB, c.Workspace.ID, q)
	if err != nil {
		return err
	}
	if p.Count, err = s.Contacts.Count(c.Context(), s.DB, c.Workspace.ID, q); err != nil {
		return err
	}
	p.Count = max(p.Count, int64(len(people))) // a whole address is found by its hash alone
	if p.Rows, err = s.contactRows(c, people); err != nil {
		return err
	}
	next := ""
	if len(people) == contactsPerPage {
		next = p.Rows[len(p.Rows)-1].Public
	}
	p.Pager = c.Pager(next)
	p.Filtered = q.Text+q.State+q.Basis+q.Grade != "" || q.Topic != 0
	p.Topics, err = s.topicOptions(c, "web.contacts.any_topic")
	p.States, p.Bases, p.Grades = stateOptions(), basisFilter(), gradeOptions()
	if err != nil {
		return err
	}
	return c.Render("contacts", p)
}

// contactQuery reads search and filters from the address of the page. What is none
// of our words is left out.
func (s *Site) contactQuery(c *Call, f page.Form) (q contact.Query, err error) {
	q = contact.Query{Text: strings.TrimSpace(f.Get("q")), Limit: contactsPerPage}
	if utf8.RuneCountInString(q.Text) > 200 {
		return q, fault.New(fault.Invalid, "web.contacts.long")
	}
	if st := consent.Status(f.Get("state")); slices.Contains(statuses(), st) {
		q.State = string(st)
	}
	if b := consent.Basis(f.Get("basis")); b.Valid() {
		q.Basis = string(b)
	}
	if g := consent.Grade(f.Get("grade")); slices.Contains(grades(), g) {
		q.Grade = string(g)
	}
	if q.Topic, err = s.chosenTopic(c, f.Get("topic")); err != nil {
		return q, err
	}
	if after := c.After(); after != "" {
		q.After, err = store.ParsePublic(contact.Prefix, after)
	}
	return q, err
}

func grades() []consent.Grade {
	return []consent.Grade{consent.GradeA, consent.GradeB, consent.GradeC, consent.GradeD}
}

func stateOptions() []page.Option {
	all := []page.Option{{Key: "web.contacts.any_state"}}
	for _, st := range statuses() {
		all = append(all, page.Option{Value: string(st), Key: "web.status." + string(st)})
	}
	return all
}

func basisFilter() []page.Option {
	all := []page.Option{{Key: "web.contacts.any_basis"}}
	for _, o := range basisOptions() {
		all = append(all, page.Option{Value: o.Value, Key: o.Key})
	}
	return all
}

func gradeOptions() []page.Option {
	all := []page.Option{{Key: "web.contacts.any_grade"}}
	for _, g := range grades() {
		all = append(all, page.Option{Value: string(g), Key: "web.grade." + string(g)})
	}
	return all
}

// contactRows puts people into words, with their addresses and states read at once.
func (s *Site) contactRows(c *Call, people []contact.Contact) ([]contactRow, error) {
	ids := make([]int64, len(people))
	for i, one := range people {
		ids[i] = one.ID
	}
	sides, err := report.Sides(c.Context(), s.DB, c.Workspace.ID, ids)
	if err != nil {
		return nil, err
	}
	topics, err := s.topicNames(c)
	if err != nil {
		return nil, err
	}
	rows := make([]contactRow, len(people))
	for i, one := range people {
		rows[i] = contactRow{contactHead: c.contactHead(one), Company: one.Company}
		for _, a := range sides[one.ID].Addresses {
			rows[i].Addresses = append(rows[i].Addresses, c.shown(a.Channel, a.Shown))
		}
		for _, st := range sides[one.ID].States {
			name := topics[st.Topic]
			if st.Topic == 0 {
				name = c.T("web.every_topic")
			}
			rows[i].States = append(rows[i].States, contactState{name, st.Status, st.Grade})
		}
	}
	return rows, nil
}
