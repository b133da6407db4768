package web

import (
	"strconv"
	"strings"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

const lawPolicyPath = settingsPath + "/law"

// lawPolicyPage is what the company told of itself for the law.
type lawPolicyPage struct{ Form page.Form }

// box is what a ticked box of the policy sends.
const box = "1"

func (s *Site) lawPolicyShow(c *Call) error {
	p, err := s.Accounts.Policy(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return err
	}
	form := page.FormOf("", "country", p.Country, "equipment", p.Equipment, "market", p.Market, "ageing_months", strconv.Itoa(p.AgeingMonths))
	for name, ticked := range map[string]bool{"consent_only": p.ConsentOnly, "mail_order": p.MailOrder, "charity": p.Charity, "bundled": p.Bundled} {
		if ticked {
			form.Values.Set(name, box)
		}
	}
	return c.Render("law_policy", lawPolicyPage{form})
}

func (s *Site) lawPolicyEdit(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	p := account.Policy{
		Country: form.Get("country"), Equipment: form.Get("equipment"), Market: form.Get("market"), ConsentOnly: form.Has("consent_only", box),
		MailOrder: form.Has("mail_order", box), Charity: form.Has("charity", box), Bundled: form.Has("bundled", box),
	}
	p.AgeingMonths = months(form.Get("ageing_months"))
	if err := s.Accounts.SetPolicy(c.Context(), c.By(), c.Workspace.ID, p, c.Now); form.Take(err) {
		return c.RenderForm("law_policy", lawPolicyPage{form})
	} else if err != nil {
		return err
	}
	return c.Done(lawPolicyPath, "law_answer.policy.saved")
}

// months reads a number of months; an empty field is none, and what is no number is one
// that nobody accepts.
func months(text string) int {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return -1
	}
	return n
}
