package web

import (
	"encoding/hex"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/report"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

const (
	suppressionPath   = root + "suppression"
	suppressionPrefix = "sup"
	// suppressionPerPage is how many entries one page of the list has.
	suppressionPerPage = 50
)

func (s *Site) suppressionRoutes() []Route {
	read, stop := Needs(account.ReadConsent), Needs(account.RecordRefusal)
	return []Route{
		{Pattern: "GET " + suppressionPath, Access: read, Handle: s.suppressionList, Views: []string{"suppression"}},
		{Pattern: "POST " + suppressionPath + "/find", Access: read, Handle: s.suppressionFind},
		{Pattern: "GET " + suppressionPath + "/new", Access: stop, Handle: s.suppressionNew, Views: []string{"suppression_new"}},
		{Pattern: "POST " + suppressionPath + "/new", Access: stop, Handle: s.suppressionAdd},
		{Pattern: "POST " + suppressionPath + "/{id}/lift", Access: Needs(account.EditContacts), Handle: s.suppressionLift},
	}
}

// suppressionPage lists who must not be mailed.
type suppressionPage struct {
	// Form is the search by address, Filter the filter of the list.
	Form, Filter page.Form
	Kinds        []page.Option
	Tiles        []tile
	Rows         []suppressionRow
	Pager        page.Pager
	// Asked is set when the list is that of one address.
	Asked   bool
	MayLift bool
}

// suppressionRow is one entry in the reader's words.
type suppressionRow struct {
	consent.Suppression
	Public string
	// Who is the address where it is still known, Href the person's page.
	Who, Href string
	// Topic is the topic's name, empty for every topic.
	TopicName string
	// By is the operator who made the entry.
	By string
	// CanLift says that the entry is a bounce or an operator's stop and still stands.
	CanLift bool
}

// Hex is the beginning of the address hash, to tell erased entries apart.
func (r suppressionRow) Hex() string { return hex.EncodeToString(r.AddressHash[:6]) }

// KindKey is the catalogue key of the kind's word.
func (r suppressionRow) KindKey() string { return "web.suppression.kind." + string(r.Kind) }

func (s *Site) suppressionList(c *Call) error {
	return s.suppressionRender(c, page.Form{ID: "find"})
}

// suppressionRender shows the list with the search form as it was filled in.
func (s *Site) suppressionRender(c *Call, form page.Form) error {
	filter := page.Form{Values: c.R.URL.Query()}
	q, err := suppressionQuery(c, filter)
	if err != nil {
		return err
	}
	list, err := s.Consent.Suppressions(c.Context(), s.DB, c.Workspace.ID, q)
	if err != nil {
		return err
	}
	counts, err := s.Consent.SuppressionCounts(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return err
	}
	p := suppressionPage{Form: form, Filter: filter, Asked: q.AddressHash != nil, MayLift: c.Can(account.EditContacts)}
	if p.Rows, err = s.suppressionRows(c, list); err != nil {
		return err
	}
	p.Kinds = []page.Option{{Key: "web.suppression.every_kind"}}
	for _, k := range suppressionKinds() {
		key := "web.suppression.kind." + string(k)
		p.Kinds = append(p.Kinds, page.Option{Value: string(k), Key: key})
		p.Tiles = append(p.Tiles, tile{Key: key, Number: counts[k], Href: suppressionPath + "?kind=" + string(k)})
	}
	next := ""
	if len(list) == suppressionPerPage {
		next = store.Public(suppressionPrefix, list[len(list)-1].ID)
	}
	p.Pager = c.Pager(next)
	return c.renderTyped(form, "suppression", p)
}

func suppressionKinds() []consent.SuppressionKind {
	return []consent.SuppressionKind{
		consent.SuppressionRefusal, consent.SuppressionComplaint, consent.SuppressionBounce, consent.SuppressionManual,
	}
}

// suppressionQuery reads filter and place from the address of the page.
func suppressionQuery(c *Call, f page.Form) (q consent.SuppressionQuery, err error) {
	q.Limit, q.Lifted = suppressionPerPage, f.Get("lifted") == "1"
	if kind := consent.SuppressionKind(f.Get("kind")); kind.Valid() {
		q.Kind = kind
	}
	if text := f.Get("hash"); text != "" {
		if q.AddressHash, err = hex.DecodeString(text); err != nil {
			return q, fault.New(fault.NotFound, "fault.not_found")
		}
		q.Lifted = true // whoever asks about one address wants its whole story
	}
	if after := c.After(); after != "" {
		q.Before, err = store.ParsePublic(suppressionPrefix, after)
	}
	return q, err
}

// suppressionRows puts entries into words. An address that was erased is known by
// its hash alone.
func (s *Site) suppressionRows(c *Call, list []consent.Suppression) ([]suppressionRow, error) {
	hashes := make([][]byte, len(list))
	for i, e := range list {
		hashes[i] = e.AddressHash
	}
	known, err := report.Holders(c.Context(), s.DB, c.Workspace.ID, hashes)
	if err != nil {
		return nil, err
	}
	topics, err := s.topicNames(c)
	if err != nil {
		return nil, err
	}
	who := newNames(s, nil)
	rows := make([]suppressionRow, len(list))
	for i, e := range list {
		row := suppressionRow{Suppression: e, Public: store.Public(suppressionPrefix, e.ID), TopicName: topics[e.Topic]}
		h := known[string(e.AddressHash)]
		row.Who = c.shown(e.Channel, h.Shown)
		if h.Contact != 0 && c.Can(account.ReadContacts) {
			row.Href = contactsPath + "/" + store.Public(contact.Prefix, h.Contact)
		}
		if e.Operator != 0 {
			if row.By, err = who.operator(c, e.Operator); err != nil {
				return nil, err
			}
		}
		row.CanLift = !e.Kind.Permanent() && e.LiftedAt.IsZero()
		rows[i] = row
	}
	return rows, nil
}

// suppressionFind looks an address up by its keyed hash: what was typed neither
// stands in an address bar nor is kept.
func (s *Site) suppressionFind(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	form.ID = "find"
	a, err := parseAddress(form.Get("address"))
	if form.Take(err) {
		return s.suppressionRender(c, form)
	}
	if err != nil {
		return err
	}
	return c.Redirect(suppressionPath + "?hash=" + hex.EncodeToString(s.Contacts.Hash(c.Workspace.ID, a)))
}
