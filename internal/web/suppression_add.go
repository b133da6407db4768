package web

import (
	"encoding/hex"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// suppressionNewPage asks whom not to mail, and why.
type suppressionNewPage struct {
	Form   page.Form
	Topics []page.Option
}

func (s *Site) suppressionNew(c *Call) error {
	return s.suppressionForm(c, page.FormOf(""))
}

func (s *Site) suppressionForm(c *Call, form page.Form) error {
	topics, err := s.topicOptions(c, "web.every_topic")
	if err != nil {
		return err
	}
	p := suppressionNewPage{form, topics}
	return c.renderTyped(form, "suppression_new", p)
}

// suppressionAdd stops an address by an operator's word. The answer waits for the
// fence: after it nothing more goes out.
func (s *Site) suppressionAdd(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	e, err := s.suppressionOf(c, form)
	if form.Take(err) {
		return s.suppressionForm(c, form)
	}
	if err != nil {
		return err
	}
	var refused []consent.Refused
	err = s.DB.Write(c.Context(), func(tx *store.Tx) (err error) {
		if refused, err = s.Consent.AddSuppression(c.Context(), tx, e, c.Now); err != nil {
			return err
		}
		return c.note(tx, account.Entry{Action: "suppression.add", Reason: e.Detail, Subject: account.Subject{Kind: "suppression"}})
	})
	if take(&form, err, map[string]string{"detail": "reason"}) {
		return s.suppressionForm(c, form)
	}
	if err != nil {
		return err
	}
	if err := s.Gate.Fence(c.Context(), refused); err != nil {
		return err
	}
	return c.Done(suppressionPath+"?hash="+hex.EncodeToString(e.AddressHash), "web.suppression.added")
}

func (s *Site) suppressionOf(c *Call, form page.Form) (consent.Suppression, error) {
	a, err := parseAddress(form.Get("address"))
	if err != nil {
		return consent.Suppression{}, err
	}
	topic, err := s.chosenTopic(c, form.Get("topic"))
	return consent.Suppression{
		Workspace: c.Workspace.ID, Channel: a.Channel(), AddressHash: s.Contacts.Hash(c.Workspace.ID, a),
		Kind: consent.SuppressionManual, Topic: topic, Source: string(consent.MethodOperator), Detail: line(form.Get("reason")),
		Operator: c.Operator.ID,
	}, err
}

// suppressionLift ends a bounce or an operator's stop. A person's no cannot be
// lifted here; the room refuses it.
func (s *Site) suppressionLift(c *Call) error {
	id, err := c.ID(suppressionPrefix, "id")
	if err != nil {
		return err
	}
	err = s.DB.Write(c.Context(), func(tx *store.Tx) error {
		if err := s.Consent.LiftSuppression(c.Context(), tx, c.Workspace.ID, id, c.Now); err != nil {
			return err
		}
		return c.note(tx, account.Entry{Action: "suppression.lift", Subject: account.Subject{Kind: "suppression", ID: id}})
	})
	if err != nil {
		return err
	}
	return c.Done(suppressionPath, "web.suppression.lifted")
}
