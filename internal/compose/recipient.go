package compose

import (
	"strings"

	"github.com/kyodaku/kyodaku/internal/compose/merge"
)

// Recipient is what is known about one reader.
type Recipient struct {
	FamilyName, GivenName string
	// DisplayName goes before the two where it is set: foreign names, companies.
	DisplayName                string
	Company, Department, Title string
	// Locale is a BCP 47 tag; an English reader's name is written given name first
	// and takes no honorific.
	Locale string
	// Attrs are the workspace's own attributes. Several values stand on lines of their own.
	Attrs map[string]string
	Links Links
	// StripAds leaves the ad blocks out: the reader refused advertising.
	StripAds bool
}

// Links are the reader's personal addresses, all absolute.
type Links struct {
	Unsubscribe, Preferences, Why, SenderPage string
	// UnsubscribeMailto is for the header only.
	UnsubscribeMailto string
}

// slotNames are the names whose values fill gives, in its order.
func slotNames() []string {
	return []string{
		"contact.name", "contact.family_name", "contact.given_name", "contact.company", "contact.department",
		"contact.title", "contact.locale", "links.unsubscribe", "links.preferences", "links.why", "links.sender", adsSlot,
	}
}

const slots = 12

// adsSlot is the renderer's own name: empty for readers who get no ad blocks.
const adsSlot = "message.ads"

const attrPrefix = "contact.attr."

// Names lists what merge tags may print, for editors; attributes stand as "contact.attr.".
func Names() []string {
	return append(slotNames()[:slots-1], "sender.name", "topic.name", "campaign.name", attrPrefix)
}

func scope(d Draft, l Label) merge.Scope {
	return merge.Scope{
		Slots:     slotNames(),
		Constants: map[string]string{"sender.name": l.sender(), "topic.name": d.Topic, "campaign.name": d.Campaign},
		Open:      attrPrefix,
		Keys:      d.Attributes,
	}
}

// english says whether names are written the English way.
func english(locale string) bool {
	return len(locale) >= 2 && strings.EqualFold(locale[:2], "en") && (len(locale) == 2 || locale[2] == '-' || locale[2] == '_')
}

// fill puts a reader's values into dst; lang stands in for an unknown locale.
func fill(dst *[slots]string, r *Recipient, lang string) merge.Values {
	locale := r.Locale
	if locale == "" {
		locale = lang
	}
	plain := english(locale)
	ads := "1"
	if r.StripAds {
		ads = ""
	}
	*dst = [slots]string{
		fullName(r, plain), r.FamilyName, r.GivenName, r.Company, r.Department, r.Title, locale,
		r.Links.Unsubscribe, r.Links.Preferences, r.Links.Why, r.Links.SenderPage, ads,
	}
	return merge.Values{Slots: dst[:], Open: r.Attrs, PlainNames: plain}
}

func fullName(r *Recipient, givenFirst bool) string {
	switch {
	case r.DisplayName != "":
		return r.DisplayName
	case r.FamilyName == "":
		return r.GivenName
	case r.GivenName == "":
		return r.FamilyName
	case givenFirst:
		return r.GivenName + " " + r.FamilyName
	}
	return r.FamilyName + " " + r.GivenName
}
