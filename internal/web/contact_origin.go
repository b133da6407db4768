package web

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// originPage is what is known of the origin of a person's data that keeps them from being
// provided. Everybody may add to it; only the legal officer takes something back.
type originPage struct {
	contactHead
	// Held are the flags that stand, Open those that could be added.
	Held, Open      []page.Option
	Add, Lift       page.Form
	MayAdd, MayLift bool
	History         []originRow
	// Came is how somebody who was entered by hand came here, nil for others.
	Came *cameRow
}

// originRow is one change of the flags.
type originRow struct {
	At         time.Time
	By, Reason string
	Flags      []string
	Lifted     bool
}

// The acts in the audit log.
const (
	actFlag   = "contact.flag"
	actUnflag = "contact.unflag"
)

// The ids of the two forms.
const (
	formAdd  = "add"
	formLift = "lift"
)

func (s *Site) originShow(c *Call) error {
	one, err := s.live(c)
	if err != nil {
		return err
	}
	return s.originForms(c, one, page.FormOf(formAdd), page.FormOf(formLift))
}

func (s *Site) originForms(c *Call, one contact.Contact, add, lift page.Form) error {
	p := originPage{contactHead: c.contactHead(one), Add: add, Lift: lift, MayAdd: c.Can(account.RecordRefusal), MayLift: c.Can(account.Erase)}
	held, err := s.Contacts.FlagsOf(c.Context(), s.DB, c.Workspace.ID, one.ID)
	if err != nil {
		return err
	}
	for _, o := range flagOptions() {
		if slices.Contains(held.Names(), o.Value) {
			p.Held = append(p.Held, o)
		} else {
			p.Open = append(p.Open, o)
		}
	}
	if p.History, err = s.originHistory(c, one.ID); err != nil {
		return err
	}
	if p.Came, err = s.cameBy(c, one.ID); err != nil {
		return err
	}
	form := add
	if lift.Wrong() {
		form = lift
	}
	return c.renderTyped(form, "contact_origin", p)
}

// flagOptions are all flags with what each means.
func flagOptions() []page.Option {
	all := options(contact.AllFlags(), "web.origin.flag.")
	for i := range all {
		all[i].Help = all[i].Key + ".help"
	}
	return all
}

// originHistory reads who changed the flags of a person, and why.
func (s *Site) originHistory(c *Call, id int64) ([]originRow, error) {
	var rows []originRow
	who := newNames(s, nil)
	for _, action := range []string{actFlag, actUnflag} {
		lines, err := s.Accounts.AuditList(c.Context(), s.DB, account.AuditQuery{
			Workspace: c.Workspace.ID, Action: action, Subject: account.Subject{Kind: "contact", ID: id},
		})
		if err != nil {
			return nil, err
		}
		for _, l := range lines {
			row := originRow{At: l.At, Reason: l.Reason, Lifted: action == actUnflag}
			var detail struct {
				Flags []string `json:"flags"`
			}
			if raw, ok := l.Detail.(json.RawMessage); ok {
				if err := json.Unmarshal(raw, &detail); err != nil {
					return nil, err
				}
			}
			row.Flags = detail.Flags
			if row.By, err = who.actor(c, l.Actor); err != nil {
				return nil, err
			}
			rows = append(rows, row)
		}
	}
	slices.SortStableFunc(rows, func(a, b originRow) int { return b.At.Compare(a.At) })
	return rows, nil
}

func (s *Site) originAdd(c *Call) error {
	one, form, err := about(c, s.live)
	if err != nil {
		return err
	}
	form.ID = formAdd
	err = s.originChange(c, one.ID, form, actFlag, func(tx *store.Tx, f contact.Flags) error {
		return s.Contacts.Flag(c.Context(), tx, c.Workspace.ID, []int64{one.ID}, f)
	})
	if form.Take(err) {
		return s.originForms(c, one, form, page.FormOf(formLift))
	}
	if err != nil {
		return err
	}
	return c.Done(c.contactHead(one).Path()+"/origin", "web.origin.added")
}

func (s *Site) originLift(c *Call) error {
	one, form, err := about(c, s.live)
	if err != nil {
		return err
	}
	form.ID = formLift
	err = s.originChange(c, one.ID, form, actUnflag, func(tx *store.Tx, f contact.Flags) error {
		return s.Contacts.Unflag(c.Context(), tx, c.Workspace.ID, one.ID, f)
	})
	if form.Take(err) {
		return s.originForms(c, one, page.FormOf(formAdd), form)
	}
	if err != nil {
		return err
	}
	return c.Done(c.contactHead(one).Path()+"/origin", "web.origin.lifted")
}

// originChange does and audits a change of the flags. Both ways it takes a reason.
func (s *Site) originChange(c *Call, id int64, form page.Form, action string, change func(*store.Tx, contact.Flags) error) error {
	flags, known := contact.ParseFlags(strings.Join(form.Values["flags"], " "))
	reason := block(form.Get("reason"))
	var bad fault.Fields
	if !known || flags == 0 {
		bad.Add("flags", "web.origin.which")
	}
	if reason == "" {
		bad.Add("reason", "web.reason.needed")
	}
	if err := bad.Err(); err != nil {
		return err
	}
	return s.DB.Write(c.Context(), func(tx *store.Tx) error {
		if err := change(tx, flags); err != nil {
			return err
		}
		return c.note(tx, account.Entry{
			Action: action, Reason: reason, Subject: account.Subject{Kind: "contact", ID: id}, Detail: map[string]any{"flags": flags.Names()},
		})
	})
}
