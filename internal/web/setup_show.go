package web

import (
	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

const setupPath = root + "setup"

func (s *Site) setupRoutes() []Route {
	return []Route{
		{Pattern: "GET " + setupPath, Access: Open(), Handle: s.firstRun(s.setupEnter), Views: []string{"setup_language"}},
		{Pattern: "POST " + setupPath + "/language", Access: Open(), Handle: s.firstRun(s.withSetupKey(setupLanguage))},
		{Pattern: "GET " + setupPath + "/sender", Access: Open(), Handle: s.firstRun(s.withSetupKey(setupSenderShow)), Views: []string{"setup_sender"}},
		{Pattern: "POST " + setupPath + "/sender", Access: Open(), Handle: s.firstRun(s.withSetupKey(setupSender)), Views: []string{"setup_admin"}},
		{Pattern: "POST " + setupPath + "/back", Access: Open(), Handle: s.firstRun(s.withSetupKey(setupBack))},
		{Pattern: "POST " + setupPath + "/admin", Access: Open(), Handle: s.firstRun(s.withSetupKey(s.setupFinish))},
		{Pattern: "GET " + setupPath + "/done", Access: SignedIn(), Handle: setupDone, Views: []string{"setup_done"}},
	}
}

// firstRun lets a wizard page through only while nobody has set up the
// installation; later it leads to the door.
func (s *Site) firstRun(next func(c *Call) error) func(c *Call) error {
	return func(c *Call) error {
		first, err := s.Accounts.FirstRun(c.Context())
		if err != nil {
			return err
		}
		if !first {
			return c.Redirect(root)
		}
		return next(c)
	}
}

// setupSteps are the stops of the wizard.
func setupSteps(now int) []page.Step {
	return page.StepsAt(now, "web.setup.step.language", "web.setup.step.sender", "web.setup.step.admin", "web.setup.step.done")
}

// labelFields are the inputs of the sender label, as account names them.
var labelFields = [...]string{"legal_name", "postal_address", "email", "phone", "url", "legal_name_en", "postal_address_en"}

func labelOf(f page.Form) account.Label {
	return account.Label{
		LegalName: f.Get("legal_name"), LegalNameEn: f.Get("legal_name_en"),
		PostalAddress: f.Get("postal_address"), PostalAddressEn: f.Get("postal_address_en"),
		Phone: f.Get("phone"), Email: f.Get("email"), URL: f.Get("url"),
	}
}

// setupPage is any step of the wizard. What was typed in earlier steps travels in
// the form itself: until the last button nothing is stored anywhere.
type setupPage struct {
	Steps []page.Step
	Form  page.Form
	Kept  []kept
}

// kept is a value of an earlier step.
type kept struct{ Name, Value string }

func setupShow(c *Call) error {
	return c.Render("setup_language", setupPage{Steps: setupSteps(1)})
}

func setupLanguage(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	lang := i18n.Lang(form.Get("lang"))
	if !lang.Valid() {
		return fault.Bad("lang", "account.lang.unknown")
	}
	c.Remember(lang)
	return c.Redirect(setupPath + "/sender")
}

func setupSenderShow(c *Call) error {
	return c.Render("setup_sender", setupPage{Steps: setupSteps(2)})
}
