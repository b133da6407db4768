package web

import (
	"strconv"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

const settingsPath = root + "settings"

func (s *Site) settingsRoutes() []Route {
	may := Needs(account.ManageSettings)
	return []Route{
		{Pattern: "GET " + settingsPath, Access: may, Handle: s.settingsShow, Views: []string{"settings"}},
		{Pattern: "POST " + settingsPath, Access: may, Handle: s.settingsEdit},
		{Pattern: "GET " + lawPolicyPath, Access: may, Handle: s.lawPolicyShow, Views: []string{"law_policy"}},
		{Pattern: "POST " + lawPolicyPath, Access: may, Handle: s.lawPolicyEdit},
		{Pattern: "GET " + settingsPath + "/profiles", Access: may, Handle: s.profileList, Views: []string{"profiles"}},
		{Pattern: "GET " + settingsPath + "/profiles/new", Access: may, Handle: s.profileNew, Views: []string{"profile"}},
		{Pattern: "POST " + settingsPath + "/profiles/new", Access: may, Handle: s.profileCreate},
		{Pattern: "GET " + settingsPath + "/profiles/{id}", Access: may, Handle: s.profileShow},
		{Pattern: "POST " + settingsPath + "/profiles/{id}", Access: may, Handle: s.profileEdit},
		{Pattern: "POST " + settingsPath + "/profiles/{id}/archive", Access: may, Handle: s.profileArchive},
		{Pattern: "GET " + settingsPath + "/domains", Access: may, Handle: s.domainList, Views: []string{"domains"}},
		{Pattern: "POST " + settingsPath + "/domains/{domain}/check", Access: may, Handle: s.domainCheck},
		{Pattern: "POST " + settingsPath + "/domains/{domain}/rotate", Access: may, Handle: s.domainRotate},
		{Pattern: "GET " + settingsPath + "/keys", Access: may, Handle: s.keyList, Views: []string{"keys"}},
		{Pattern: "GET " + settingsPath + "/keys/new", Access: may, Handle: s.keyNew, Views: []string{"key_new"}},
		{Pattern: "POST " + settingsPath + "/keys/new", Access: may, Handle: s.keyCreate, Views: []string{"key_made"}},
		{Pattern: "POST " + settingsPath + "/keys/{id}/revoke", Access: may, Handle: s.keyRevoke},
	}
}

// settingsPage is the workspace itself.
type settingsPage struct {
	Form  page.Form
	Langs []page.Option
	Zones []page.Option
}

func newSettingsPage(form page.Form) settingsPage {
	return settingsPage{form, langOptions(), zoneOptions(form.Get("zone"))}
}

// zoneOptions are the zones that our people live in, and the one chosen elsewhere.
func zoneOptions(chosen string) []page.Option {
	zones := []string{"Asia/Tokyo", "UTC", "Europe/London", "Europe/Berlin", "America/New_York", "America/Los_Angeles", "Asia/Singapore", "Australia/Sydney"}
	var all []page.Option
	known := chosen == ""
	for _, z := range zones {
		all = append(all, page.Option{Value: z, Text: z})
		known = known || z == chosen
	}
	if !known {
		all = append(all, page.Option{Value: chosen, Text: chosen})
	}
	return all
}

func (s *Site) settingsShow(c *Call) error {
	w := c.Workspace
	form := withLabel(page.FormOf("", "name", w.Name, "privacy_url", w.PrivacyURL, "lang", string(w.Lang), "zone", w.Zone, "seen", version(w.UpdatedAt)), w.Label)
	if w.NonProfit {
		form.Values.Set("non_profit", "1")
	}
	return c.Render("settings", newSettingsPage(form))
}

func (s *Site) settingsEdit(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	w := account.WorkspaceForm{
		Slug: c.Workspace.Slug, Name: form.Get("name"), Label: labelOf(form), PrivacyURL: form.Get("privacy_url"),
		Lang: i18n.Lang(form.Get("lang")), Zone: form.Get("zone"), NonProfit: form.Get("non_profit") == "1",
	}
	if _, err := s.Accounts.Edit(c.Context(), c.By(), c.Workspace.ID, w, seen(form), c.Now); form.Take(err) {
		return c.RenderForm("settings", newSettingsPage(form))
	} else if err != nil {
		return err
	}
	return c.Done(settingsPath, "web.settings.saved")
}

// withLabel puts a label's items into a form.
func withLabel(f page.Form, l account.Label) page.Form {
	for name, value := range map[string]string{
		"legal_name": l.LegalName, "legal_name_en": l.LegalNameEn, "postal_address": l.PostalAddress, "postal_address_en": l.PostalAddressEn,
		"phone": l.Phone, "email": l.Email, "url": l.URL,
	} {
		f.Values.Set(name, value)
	}
	return f
}

// version writes the version of what is edited, and seen reads it back: an edit of
// an older one is refused.
func version(t time.Time) string { return strconv.FormatInt(store.Micros(t), 10) }

func seen(f page.Form) time.Time {
	n, err := strconv.ParseInt(f.Get("seen"), 10, 64)
	if err != nil {
		return time.Time{} // matches no version
	}
	return store.Time(n)
}
