package web

import (
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// contactErasePage says what goes and what stays before a person is erased.
type contactErasePage struct {
	contactHead
	Form page.Form
	// No is why nothing can be erased now; Kept the evidence that stays, and until when.
	No   string
	Kept []keptClock
	// Bare says that the person has no address, by which nothing could know them again.
	Bare bool
}

// keptClock is a rule that keeps evidence after the person is gone.
type keptClock struct {
	Text, Source string
	Until        time.Time
}

// contactErasePage asks the clocks of the law.
func (s *Site) contactErasePage(c *Call, one contact.Contact, form page.Form) (contactErasePage, error) {
	p := contactErasePage{contactHead: c.contactHead(one), Form: form}
	addresses, err := s.Contacts.AddressesOf(c.Context(), s.DB, c.Workspace.ID, one.ID)
	if err != nil {
		return p, err
	}
	p.Bare = len(addresses) == 0
	if s.Duty == nil {
		return p, nil
	}
	plan, err := s.Duty.PlanErasure(c.Context(), s.DB, one, c.Now)
	if err != nil {
		return p, err
	}
	if plan.No != nil {
		p.No = plan.No.Text(string(c.Lang)) + " " + c.cite(plan.No)
	}
	for _, k := range plan.Kept {
		if r, ok := s.Rules.Rule(k.Rule); ok {
			p.Kept = append(p.Kept, keptClock{r.Text(string(c.Lang)), c.cite(r), k.Until})
		}
	}
	return p, nil
}

func (s *Site) contactEraseShow(c *Call) error {
	one, err := s.live(c)
	if err != nil {
		return err
	}
	p, err := s.contactErasePage(c, one, page.Form{})
	if err != nil {
		return err
	}
	return c.Render("contact_erase", p)
}

// contactErase erases a person. It cannot be taken back, so that a box and a reason
// are asked for.
func (s *Site) contactErase(c *Call) error {
	one, form, err := about(c, s.live)
	if err != nil {
		return err
	}
	reason := line(form.Get("reason"))
	err = s.mayErase(form, reason)
	if err == nil {
		err = s.erase(c, one, reason)
	}
	if form.Take(err) {
		p, err := s.contactErasePage(c, one, form)
		if err != nil {
			return err
		}
		return c.RenderForm("contact_erase", p)
	}
	if err != nil {
		return err
	}
	return c.Done(contactsPath, "web.contact.was_erased")
}

func (s *Site) mayErase(form page.Form, reason string) error {
	var wrong fault.Fields
	if reason == "" {
		wrong.Add("reason", "web.reason.needed")
	}
	if form.Get("sure") != "1" {
		wrong.Add("sure", "web.erase.sure_needed")
	}
	return wrong.Err()
}

// erase erases and answers only when no dot can follow to the person's addresses.
func (s *Site) erase(c *Call, one contact.Contact, reason string) error {
	var hashes [][]byte
	err := s.DB.Write(c.Context(), func(tx *store.Tx) (err error) {
		if err := s.Contacts.Erase(c.Context(), tx, c.Workspace.ID, one.ID, c.Now); err != nil {
			return err
		}
		if hashes, err = s.Contacts.HashesOf(c.Context(), tx, c.Workspace.ID, []int64{one.ID}); err != nil { // also what a merge has just brought
			return err
		}
		return c.note(tx, account.Entry{Action: "contact.erase", Reason: reason, Subject: account.Subject{Kind: "contact", ID: one.ID}})
	})
	if err != nil {
		return err
	}
	return s.Gate.FenceAddresses(c.Context(), c.Workspace.ID, hashes)
}
