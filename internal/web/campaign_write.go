package web

import (
	"strings"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// campaignWritePage is where a campaign is written.
type campaignWritePage struct {
	campaignChoices
	Campaign campaign.Campaign
	Form     page.Form
	// Blocks is the body of a campaign written in blocks.
	Blocks blockList
	Check  checkResult
	Tags   []mergeTag
	// MaySend says that the operator may go on to sending.
	MaySend bool
}

// Path is the address of the campaign.
func (p campaignWritePage) Path() string { return campaignPath(p.Campaign) }

// InBlocks says whether the body is written in blocks.
func (p campaignWritePage) InBlocks() bool { return p.Campaign.Kind == compose.Blocks }

func (s *Site) campaignWrite(c *Call) error {
	one, err := s.draft(c)
	if err != nil {
		return err
	}
	return s.campaignWriting(c, one, formOfCampaign(one))
}

// draft reads the campaign that the path names, which must still be written.
func (s *Site) draft(c *Call) (campaign.Campaign, error) {
	one, err := s.campaign(c)
	if err == nil && one.State != campaign.Draft {
		err = fault.New(fault.Refused, "campaign.not_draft")
	}
	return one, err
}

// campaignWriting renders the page with what is in the form.
func (s *Site) campaignWriting(c *Call, one campaign.Campaign, form page.Form) error {
	choices, err := s.campaignChoices(c)
	if err != nil {
		return err
	}
	check, err := s.checkOf(c, one)
	if err != nil && !(form.Wrong() && fault.Is(err, fault.NotFound)) { // a wrong topic or sender is told beside its field
		return err
	}
	choices.Part = c.partText(one)
	tags, err := s.mergeTags(c, one.Lang)
	if err != nil {
		return err
	}
	form.Fields = blockFields(form.Fields)
	p := campaignWritePage{
		campaignChoices: choices, Campaign: one, Form: form, Check: check,
		Tags: tags, MaySend: c.Can(account.SendCampaign),
	}
	if p.InBlocks() {
		doc, _ := compose.ParseDocument(one.Body) // what is wrong with it is among the findings
		p.Blocks = newBlockList(form, doc)
	}
	return c.renderTyped(form, "campaign_write", p)
}

func formOfCampaign(one campaign.Campaign) page.Form {
	form := page.FormOf("", "name", one.Name, "topic", publicOrNone(topicPrefix, one.Topic), "profile", publicOrNone(account.ProfilePrefix, one.Profile),
		"class", string(one.Class), "lang", string(one.Lang), "subject", one.Subject, "preheader", one.Preheader, "kind", string(one.Kind),
		"seen", version(one.UpdatedAt), "advertiser", one.Advertiser, "part", string(one.Part.Mode))
	if one.FillLabel {
		form.Values.Set("fill_label", "1")
	}
	if one.Kind == compose.Markdown {
		form.Values.Set("body", one.Body)
	} else if doc, err := compose.ParseDocument(one.Body); err == nil || len(doc.Blocks) > 0 {
		fillBlocks(form.Values, blocksPath, doc.Blocks)
	}
	return form
}

// written is the campaign with what was typed, not stored yet. The kind of body is
// not a field of this form: it is changed by an act.
func (s *Site) written(c *Call, one campaign.Campaign, form page.Form) (campaign.Campaign, error) {
	form.Values.Del("kind")
	content, err := s.campaignContent(c, form, one.Content)
	if err != nil {
		return one, err
	}
	if one.Kind == compose.Blocks {
		content.Body = compose.Document{Blocks: readBlocks(form.Values, blocksPath)}.Encode()
	}
	one.Content = content
	return one, nil
}

// campaignSave stores the text as it was typed, after the act of the button that
// was pressed: adding, moving or removing a block, or going on.
func (s *Site) campaignSave(c *Call) error {
	one, form, err := about(c, s.draft)
	if err != nil {
		return err
	}
	one, err = s.written(c, one, form)
	if err != nil {
		return err
	}
	act, place := form.Get("act"), ""
	if act != "" && act != "send" {
		if one.Content, place, err = arrange(one.Content, act); err != nil {
			return err
		}
	}
	one.UpdatedAt = seen(form)
	saved, err := s.Campaigns.Edit(c.Context(), c.By(), one, one.Content, c.Now)
	if form.Take(err) {
		return s.campaignWriting(c, one, form)
	}
	if err != nil {
		return err
	}
	switch {
	case act == "send":
		return c.Redirect(campaignPath(saved) + "/send")
	case act != "":
		return c.Redirect(campaignPath(saved) + "/write#" + place)
	}
	return c.Done(campaignPath(saved)+"/write", "web.campaign.saved")
}

// campaignRepair stores the text with one repair done.
func (s *Site) campaignRepair(c *Call) error {
	one, form, err := about(c, s.draft)
	if err != nil {
		return err
	}
	if one, err = s.written(c, one, form); err != nil {
		return err
	}
	draft, err := s.Campaigns.Draft(c.Context(), s.DB, one)
	if err != nil {
		return err
	}
	one.UpdatedAt = seen(form)
	if strings.HasPrefix(form.Get("repair"), lawRepair) {
		return s.campaignRepairLaw(c, one, form)
	}
	finding, ok := parseRepair(form.Get("repair"))
	if !ok {
		return fault.New(fault.Invalid, "web.campaign.repair.unknown")
	}
	draft, mended := compose.Mend(draft, finding)
	one.Subject, one.Preheader, one.Body = draft.Subject, draft.Preheader, draft.Body
	one.UpdatedAt = seen(form)
	saved, err := s.Campaigns.Edit(c.Context(), c.By(), one, one.Content, c.Now)
	if form.Take(err) {
		return s.campaignWriting(c, one, form)
	}
	if err != nil {
		return err
	}
	if !mended {
		c.AddFlash(page.Flash{Tone: "warn", Key: "web.campaign.repair.gone"})
		return c.Redirect(campaignPath(saved) + "/write")
	}
	return c.Done(campaignPath(saved)+"/write", "web.campaign.repair.done")
}

// mergeTag is one line of the list that helps with merge tags.
type mergeTag struct {
	// Key is the catalogue key of what it prints; where there is none, Text says it.
	Key, Text string
	// Code is to be copied.
	Code string
}

// mergeTags lists what can be put into a text in a language, in the safe form: with
// something for people whose value is empty.
func (s *Site) mergeTags(c *Call, lang i18n.Lang) ([]mergeTag, error) {
	reader := s.Catalogue.For(lang).T("web.campaign.tag.reader")
	var tags []mergeTag
	if lang == i18n.Ja {
		tags = append(tags, mergeTag{Key: "web.campaign.tag.name_honorific", Code: `{{ contact.name | honorific: "様", "` + reader + `" }}`})
	}
	for _, name := range compose.Names() {
		code := "{{ " + name + " }}"
		switch {
		case strings.HasSuffix(name, "name") && strings.HasPrefix(name, "contact."):
			code = `{{ ` + name + ` | default: "` + reader + `" }}`
		case name == "contact.company" || name == "contact.department" || name == "contact.title":
			code = "{% if " + name + " %}{{ " + name + " }}{% endif %}"
		case name == "contact.locale" || strings.HasPrefix(name, "links.") || strings.HasSuffix(name, "."):
			continue // the renderer's own business; attributes follow
		}
		tags = append(tags, mergeTag{Key: "web.campaign.tag." + strings.ReplaceAll(name, ".", "_"), Code: code})
	}
	attributes, err := s.Contacts.Attributes(c.Context(), s.DB, c.Workspace.ID)
	for _, a := range attributes {
		name := "contact.attr." + a.Key
		tags = append(tags, mergeTag{Text: attributeLabel(a, c.Lang), Code: "{% if " + name + " %}{{ " + name + " }}{% endif %}"})
	}
	return tags, err
}

// lines is a typed text with one kind of line end.
func lines(text string) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
}
