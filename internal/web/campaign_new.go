package web

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// campaignVerb changes a campaign's state.
type campaignVerb func(ctx context.Context, by account.By, c campaign.Campaign, now time.Time) error

// campaignChoices are what the fields about a campaign can be.
type campaignChoices struct {
	Topics, Profiles, Classes, Langs, Kinds []page.Option
	// Part says in words which of the topic's people a campaign is for, "" for all.
	Part string
}

// partText says which of the topic's people a campaign is for.
func (c *Call) partText(one campaign.Campaign) string {
	if one.Part.Mode == campaign.Everybody {
		return ""
	}
	return c.T("web.campaign.part_"+string(one.Part.Mode), "Laws", one.Part.Reach.String())
}

// campaignNewPage asks what the new campaign is.
type campaignNewPage struct {
	campaignChoices
	Form page.Form
}

func (s *Site) campaignChoices(c *Call) (campaignChoices, error) {
	topics, err := s.topicOptions(c, "")
	if err != nil {
		return campaignChoices{}, err
	}
	profiles, err := s.profileOptions(c)
	return campaignChoices{
		Topics: topics, Profiles: profiles, Classes: classOptions(), Langs: langOptions(), Kinds: kindOptions(),
	}, err
}

// profileOptions are the sender profiles in use.
func (s *Site) profileOptions(c *Call) ([]page.Option, error) {
	profiles, err := s.Accounts.Profiles(c.Context(), s.DB, c.Workspace.ID)
	if err != nil {
		return nil, err
	}
	all := make([]page.Option, len(profiles))
	for i, p := range profiles {
		all[i] = page.Option{Value: store.Public(account.ProfilePrefix, p.ID), Text: p.FromName + " <" + p.FromAddress.Display() + ">"}
	}
	return all, nil
}

// classOptions are the message classes, each with what it means.
func classOptions() []page.Option {
	var all []page.Option
	for _, class := range law.Classes() {
		key := "web.campaign.class." + string(class)
		all = append(all, page.Option{Value: string(class), Key: key, Help: key + "_help"})
	}
	return all
}

func kindOptions() []page.Option {
	var all []page.Option
	for _, kind := range []compose.Kind{compose.Markdown, compose.Blocks} {
		key := "web.campaign.kind." + string(kind)
		all = append(all, page.Option{Value: string(kind), Key: key, Help: key + "_help"})
	}
	return all
}

func (s *Site) campaignNew(c *Call) error {
	choices, err := s.campaignChoices(c)
	if err != nil {
		return err
	}
	choices.Classes = append(choices.Classes, page.Option{Value: string(classLater), Key: "web.campaign.class.later", Help: "web.campaign.class.later_help"})
	form := page.FormOf("", "class", string(compose.Ad), "lang", string(c.Workspace.Lang), "kind", string(compose.Markdown))
	if topic := c.R.URL.Query().Get("topic"); topic != "" {
		form.Values.Set("topic", topic)
	}
	return c.Render("campaign_new", campaignNewPage{choices, form})
}

func (s *Site) campaignCreate(c *Call) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	content, err := s.campaignContent(c, form, campaign.Content{})
	if err != nil {
		return err
	}
	made, err := s.Campaigns.Create(c.Context(), c.By(), c.Workspace.ID, content, c.Now)
	if form.Take(err) {
		choices, err := s.campaignChoices(c)
		if err != nil {
			return err
		}
		return c.RenderForm("campaign_new", campaignNewPage{choices, form})
	}
	if err != nil {
		return err
	}
	return c.Done(campaignPath(made)+"/write", "web.campaign.created")
}

// campaignContent reads what a form says about a campaign; what the form has no
// field for stays as it was. A topic or profile that is none of this workspace is 0,
// which the room refuses.
func (s *Site) campaignContent(c *Call, form page.Form, old campaign.Content) (campaign.Content, error) {
	out := old
	text := func(field string, into *string) {
		if form.Values.Has(field) {
			*into = form.Get(field)
		}
	}
	text("name", &out.Name)
	text("subject", &out.Subject)
	text("preheader", &out.Preheader)
	text("class", (*string)(&out.Class))
	text("lang", (*string)(&out.Lang))
	text("kind", (*string)(&out.Kind))
	text("advertiser", &out.Advertiser)
	if form.Values.Has("advertiser") { // the form has the box, ticked or not
		out.FillLabel = form.Has("fill_label", "1")
	}
	if form.Has("everybody", "1") {
		out.Part = campaign.Part{}
	}
	if out.Class == classLater {
		out.Class = ""
	}
	if out.Kind == compose.Markdown && form.Values.Has("body") {
		out.Body = lines(form.Get("body"))
	}
	for _, f := range []struct {
		name, prefix string
		into         *int64
	}{{"topic", topicPrefix, &out.Topic}, {"profile", account.ProfilePrefix, &out.Profile}} {
		if !form.Values.Has(f.name) {
			continue
		}
		id, err := store.ParsePublic(f.prefix, form.Get(f.name))
		if err != nil && !fault.Is(err, fault.NotFound) {
			return out, err
		}
		*f.into = id
	}
	return out, nil
}

// classLater stands for a class that is found later, by questions.
const classLater compose.Class = "later"

// campaignCopy starts a new draft with the text of another campaign.
func (s *Site) campaignCopy(c *Call) error {
	one, err := s.campaign(c)
	if err != nil {
		return err
	}
	content := one.Content
	const room = 150 // characters, so that the name stays within its bounds
	if name := []rune(content.Name); len(name) > room {
		content.Name = string(name[:room])
	}
	content.Name = c.T("web.campaign.copy_name", "Name", content.Name)
	made, err := s.Campaigns.Create(c.Context(), c.By(), c.Workspace.ID, content, c.Now)
	if err != nil {
		return err
	}
	return c.Done(campaignPath(made)+"/write", "web.campaign.copied")
}

// invented is a reader for previews, with a name or without: no real person's data
// is needed to look at a mail.
func invented(lang i18n.Lang, nameless bool) compose.Recipient {
	switch {
	case nameless:
		return compose.Recipient{Locale: string(lang)}
	case lang == i18n.En:
		return compose.Recipient{FamilyName: "Sample", GivenName: "Alex", Company: "Sample Company", Locale: "en"}
	}
	return compose.Recipient{FamilyName: "見本", GivenName: "花子", Company: "株式会社見本商事", Department: "総務部", Title: "部長", Locale: "ja"}
}
