package web

import (
	"slices"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

const (
	recipientsPath = root + "recipients"
	runsPath       = root + "runs"
	recordsPath    = root + "records"
)

// provisionRunRoutes are the pages of recipients, runs and records.
func (s *Site) provisionRunRoutes() []Route {
	if s.ProvisionRuns == nil {
		return nil
	}
	see, act := Needs(account.Evidence), Needs(account.Export)
	one := runsPath + "/{id}"
	return []Route{
		{Pattern: "GET " + recipientsPath, Access: see, Handle: s.recipientList, Views: []string{"recipients"}},
		{Pattern: "POST " + recipientsPath, Access: act, Handle: s.recipientCreate, Views: []string{"recipients"}},
		{Pattern: "GET " + recipientsPath + "/{id}", Access: see, Handle: s.recipientShow, Views: []string{"recipient"}},
		{Pattern: "POST " + recipientsPath + "/{id}", Access: act, Handle: s.recipientEdit, Views: []string{"recipient"}},
		{Pattern: "POST " + recipientsPath + "/{id}/archive", Access: act, Handle: s.recipientArchive},
		{Pattern: "GET " + provisionPath + "/{id}/consents", Access: Needs(account.ReadConsent), Handle: s.consentList, Views: []string{"provision_consents"}},
		{Pattern: "POST " + provisionPath + "/{id}/consents", Access: Needs(account.RecordRefusal), Handle: s.consentEnter, Views: []string{"provision_consents"}},
		{Pattern: "GET " + provisionPath + "/{id}/runs", Access: see, Handle: s.runList, Views: []string{"provision_runs"}},
		{Pattern: "POST " + provisionPath + "/{id}/runs", Access: act, Handle: s.runPlan, Views: []string{"provision_runs"}},
		{Pattern: "GET " + one, Access: see, Handle: s.runShow, Views: []string{"provision_run"}},
		{Pattern: "POST " + one + "/approve", Access: Needs(account.ApproveAmber), Handle: s.runApprove, Views: []string{"provision_run"}},
		{Pattern: "POST " + one + "/discard", Access: act, Handle: s.runDiscard, Views: []string{"provision_run"}},
		{Pattern: "POST " + one + "/file", Access: act, Handle: s.runFile, Views: []string{"provision_run"}},
		{Pattern: "POST " + one + "/hand", Access: act, Handle: s.runHand, Views: []string{"provision_run"}},
		{Pattern: "POST " + one + "/resolve", Access: act, Handle: s.runResolve, Views: []string{"provision_run"}},
		{Pattern: "POST " + one + "/drop", Access: Needs(account.Erase), Handle: s.runDrop, Views: []string{"provision_run"}},
		{Pattern: "GET " + recordsPath, Access: see, Handle: s.recordList, Views: []string{"provision_records"}},
		{Pattern: "POST " + recordsPath + "/tasks/{id}", Access: Needs(account.Erase), Handle: s.taskAcknowledge, Views: []string{"provision_records"}},
	}
}

// recipientsPage lists who may get data, and enters one.
type recipientsPage struct {
	Recipients []provision.Recipient
	Form       page.Form
	Targets    []page.Option
	MayEdit    bool
}

// recipientPage is one recipient, as it stands and as it stood.
type recipientPage struct {
	provision.Recipient
	Href     string
	Form     page.Form
	Targets  []page.Option
	Versions []provision.RecipientVersion
	MayEdit  bool
}

// targets are the ways in which data reach a recipient.
func targets() []page.Option {
	return options([]string{string(provision.ByFile), string(provision.BySFTP), string(provision.ByHTTPS)}, "web.provision.target.")
}

// recipientLines are the texts of a recipient's form.
func recipientLines(t *provision.RecipientTerms) map[string]*string {
	return map[string]*string{
		"name": &t.Name, "address": &t.Address, "representative": &t.Representative, "country": &t.Country, "contract": &t.Contract,
		"identity": &t.Identity, "purpose": &t.Purpose, "system": &t.System, "system_checked": &t.SystemChecked, "foreign_law": &t.ForeignLaw,
		"foreign_measures": &t.ForeignMeasures, "device": &t.Device, "stop_mail": &t.StopMail, "stop_hook": &t.StopHook,
		"host": &t.Target.Host, "user": &t.Target.User, "folder": &t.Target.Folder, "host_key": &t.Target.HostKey, "url": &t.Target.URL,
	}
}

func recipientForm(t provision.RecipientTerms) page.Form {
	form := page.FormOf("", "target", string(t.Target.Kind), "person", tick(t.Person), "inside", tick(t.Target.Inside))
	for name, value := range recipientLines(&t) {
		form.Values.Set(name, *value)
	}
	return form
}

func recipientOf(form page.Form) (provision.RecipientTerms, provision.Secrets) {
	t := provision.RecipientTerms{Person: form.Get("person") == "1"}
	for name, value := range recipientLines(&t) {
		*value = line(form.Get(name))
	}
	t.Target.Kind, t.Target.Inside = provision.TargetKind(form.Get("target")), form.Get("inside") == "1"
	return t, provision.Secrets{Password: form.Get("password"), PrivateKey: form.Get("private_key"), Token: form.Get("token"), HookKey: form.Get("hook_key")}
}

// recipientInputs are the inputs beside which the room's errors about a target stand.
var recipientInputs = map[string]string{
	"target.kind": "target", "target.host": "host", "target.user": "user", "target.folder": "folder", "target.host_key": "host_key", "target.url": "url",
	"target.inside": "inside",
}

func (s *Site) recipientList(c *Call) error {
	return s.recipientsForm(c, page.FormOf("", "country", "JP", "target", string(provision.ByFile)))
}

func (s *Site) recipientsForm(c *Call, form page.Form) error {
	all, err := s.ProvisionRuns.Recipients(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return err
	}
	p := recipientsPage{all, form, targets(), c.Can(account.Export)}
	return c.renderTyped(form, "recipients", p)
}

func (s *Site) recipientCreate(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	terms, secrets := recipientOf(form)
	made, err := s.ProvisionRuns.CreateRecipient(c.Context(), c.By(), c.Workspace.ID, terms, secrets, c.Now)
	if take(&form, err, recipientInputs) {
		return s.recipientsForm(c, form)
	}
	if err != nil {
		return err
	}
	return c.Done(recipientsPath+"/"+made.Public(), "web.provision.recipient_made")
}

// recipient reads the one that the path names.
func (s *Site) recipient(c *Call) (provision.Recipient, error) {
	id, err := c.ID(provision.RecipientPrefix, "id")
	if err != nil {
		return provision.Recipient{}, err
	}
	return s.ProvisionRuns.Recipient(c.Context(), s.DB, c.Workspace.ID, id)
}

func (s *Site) recipientShow(c *Call) error {
	r, err := s.recipient(c)
	if err != nil {
		return err
	}
	return s.recipientPage(c, r, recipientForm(r.RecipientTerms))
}

func (s *Site) recipientPage(c *Call, r provision.Recipient, form page.Form) error {
	p := recipientPage{Recipient: r, Href: recipientsPath + "/" + r.Public(), Form: form, Targets: targets(), MayEdit: c.Can(account.Export) && r.ArchivedAt.IsZero()}
	var err error
	if p.Versions, err = s.ProvisionRuns.RecipientVersions(c.Context(), s.DB, c.Workspace.ID, r.ID); err != nil {
		return err
	}
	slices.Reverse(p.Versions)
	return c.renderTyped(form, "recipient", p)
}

func (s *Site) recipientEdit(c *Call) error {
	r, form, err := about(c, s.recipient)
	if err != nil {
		return err
	}
	terms, secrets := recipientOf(form)
	_, err = s.ProvisionRuns.EditRecipient(c.Context(), c.By(), r, terms, secrets, c.Now)
	if take(&form, err, recipientInputs) {
		return s.recipientPage(c, r, form)
	}
	if err != nil {
		return err
	}
	return c.Done(recipientsPath+"/"+r.Public(), "web.provision.recipient_saved")
}

func (s *Site) recipientArchive(c *Call) error {
	r, err := s.recipient(c)
	if err != nil {
		return err
	}
	if err := s.ProvisionRuns.ArchiveRecipient(c.Context(), c.By(), c.Workspace.ID, r.ID, c.Now); err != nil {
		return err
	}
	return c.Done(recipientsPath, "web.provision.recipient_archived", "Name", r.Name)
}
