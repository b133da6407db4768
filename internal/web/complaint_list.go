package web

import (
	"strconv"
	"strings"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/collect"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// complaintPrefix begins the public ids of complaints.
const complaintPrefix = "cpl"

// complaintsPage lists complaints with who answers for them.
type complaintsPage struct {
	Form         page.Form
	Ways, Owners []page.Option
	Rows         []complaintRow
}

// complaintRow is one complaint with its own form.
type complaintRow struct {
	collect.Complaint
	Public, Who string
	Form        page.Form
}

// Open says whether it waits for an outcome.
func (r complaintRow) Open() bool { return r.ClosedAt.IsZero() }

// WayKey is the catalogue key of how it came in.
func (r complaintRow) WayKey() string { return "web.complaints.via." + r.Via }

func (s *Site) complaintList(c *Call) error {
	return s.complaintsPage(c, page.FormOf("", "via", "mail", "owner", ""))
}

func (s *Site) complaintsPage(c *Call, form page.Form) error {
	names, err := s.operatorNames(c)
	if err != nil {
		return err
	}
	p := complaintsPage{Form: form, Owners: []page.Option{{Key: "web.complaints.nobody"}}}
	members, err := s.Accounts.Operators(c.Context(), c.Workspace.ID)
	if err != nil {
		return err
	}
	for _, m := range members {
		p.Owners = append(p.Owners, page.Option{Value: store.Public(account.OperatorPrefix, m.Operator.ID), Text: m.Operator.Name})
	}
	for _, way := range collect.ComplaintWays() {
		p.Ways = append(p.Ways, page.Option{Value: way, Key: "web.complaints.via." + way})
	}
	list, err := s.Collect.Complaints(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return err
	}
	for _, one := range list {
		row := complaintRow{Complaint: one, Public: store.Public(complaintPrefix, one.ID), Who: names[one.Owner]}
		row.Form = page.FormOf("c"+strconv.FormatInt(one.ID, 10), "owner", publicOrNone(account.OperatorPrefix, one.Owner), "outcome", one.Outcome)
		p.Rows = append(p.Rows, row)
	}
	return c.renderTyped(form, "complaints", p)
}

// complaintOwner reads who answers for it; only operators of the workspace can.
func (s *Site) complaintOwner(c *Call, text string) (int64, error) {
	id, err := readID(account.OperatorPrefix, text, "owner", "collect.complaint.owner")
	if err != nil || id == 0 {
		return 0, err
	}
	names, err := s.operatorNames(c)
	if err == nil && names[id] == "" {
		err = fault.Bad("owner", "collect.complaint.owner")
	}
	return id, err
}

func (s *Site) complaintAdd(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	one := collect.Complaint{Via: form.Get("via"), Body: strings.TrimSpace(lines(form.Get("body")))}
	if one.Owner, err = s.complaintOwner(c, form.Get("owner")); err == nil {
		err = s.Collect.AddComplaint(c.Context(), c.By(), c.Workspace.ID, one, c.Now)
	}
	if form.Take(err) {
		return s.complaintsPage(c, form)
	}
	if err != nil {
		return err
	}
	return c.Done(complaintsPath, "web.complaints.added")
}

func (s *Site) complaintSettle(c *Call) error {
	id, form, err := c.formFor(complaintPrefix)
	if err != nil {
		return err
	}
	one := collect.Complaint{ID: id, Outcome: strings.TrimSpace(lines(form.Get("outcome")))}
	if one.Owner, err = s.complaintOwner(c, form.Get("owner")); err == nil {
		err = s.Collect.SettleComplaint(c.Context(), c.By(), c.Workspace.ID, one, c.Now)
	}
	if form.Take(err) {
		return s.complaintsPage(c, form)
	}
	if err != nil {
		return err
	}
	return c.Done(complaintsPath, "web.complaints.settled")
}
