package web

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

const policyPath = root + "settings/campaigns"

// campaignPolicyPage is when campaigns need a second person.
type campaignPolicyPage struct {
	Form                 page.Form
	Topics, Roles, Holds []page.Option
}

func (s *Site) policyPage(c *Call, form page.Form) (campaignPolicyPage, error) {
	topics, err := s.topicOptions(c, "")
	p := campaignPolicyPage{Form: form, Topics: topics, Holds: c.holdOptions()}
	for _, role := range []account.Role{account.Legal, account.Owner, account.Marketer} {
		p.Roles = append(p.Roles, page.Option{Value: string(role), Key: "web.policy.role." + string(role)})
	}
	return p, err
}

func (s *Site) policyShow(c *Call) error {
	policy, err := s.Campaigns.Policy(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return err
	}
	form := page.FormOf("", "role", string(policy.Role), "hold", strconv.Itoa(int(policy.Hold/time.Minute)), "times", strconv.FormatInt(policy.Times, 10))
	if policy.Over > 0 {
		form.Values.Set("over", strconv.FormatInt(policy.Over, 10))
	}
	for field, on := range map[string]bool{"every": policy.Every, "consent_requests": policy.ConsentRequests} {
		if on {
			form.Values.Set(field, "1")
		}
	}
	for _, id := range policy.Topics {
		form.Values.Add("topics", store.Public(topicPrefix, id))
	}
	p, err := s.policyPage(c, form)
	if err != nil {
		return err
	}
	return c.Render("campaign_policy", p)
}

func (s *Site) policyEdit(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	policy := campaign.Policy{
		Every: form.Has("every", "1"), ConsentRequests: form.Has("consent_requests", "1"), Role: account.Role(form.Get("role")),
		Over: numberOr(form.Get("over"), 0), Times: numberOr(form.Get("times"), 0),
		Hold: time.Duration(numberOr(form.Get("hold"), -1)) * time.Minute,
	}
	for _, public := range form.Values["topics"] {
		id, err := store.ParsePublic(topicPrefix, public)
		if err != nil {
			return err
		}
		if !slices.Contains(policy.Topics, id) {
			policy.Topics = append(policy.Topics, id)
		}
	}
	err = s.Campaigns.SetPolicy(c.Context(), c.By(), c.Workspace.ID, policy, c.Now)
	if form.Take(err) {
		p, err := s.policyPage(c, form)
		if err != nil {
			return err
		}
		return c.RenderForm("campaign_policy", p)
	}
	if err != nil {
		return err
	}
	return c.Done(policyPath, "web.policy.saved")
}

// numberOr reads a number; an empty text is the fallback, and no number is -1.
func numberOr(text string, empty int64) int64 {
	if text = strings.TrimSpace(text); text == "" {
		return empty
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// holdOptions are the choices of a hold.
func (c *Call) holdOptions() (all []page.Option) {
	for _, minutes := range holds {
		option := page.Option{Value: strconv.Itoa(minutes), Key: "web.send.hold_none"}
		if minutes > 0 {
			option.Key, option.Text = "", c.T("web.send.hold_minutes", "Count", minutes)
		}
		all = append(all, option)
	}
	return all
}
