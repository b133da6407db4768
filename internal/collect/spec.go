package collect

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"github.com/kyodaku/kyodaku/internal/i18n"
)

// Preset is what a form is for. It decides whether sending it in needs a topic.
type Preset string

// The presets.
const (
	// Newsletter is for the mails themselves: at least one topic is to be ticked.
	Newsletter Preset = "newsletter"
	// WhitePaper hands out a document; marketing is asked for apart.
	WhitePaper Preset = "white_paper"
	// Event takes applications; marketing is asked for apart.
	Event Preset = "event"
	// Prize takes entries of a draw; marketing is asked for apart.
	Prize Preset = "prize"
)

// Presets lists the presets in the order in which they are shown.
func Presets() []Preset { return []Preset{Newsletter, WhitePaper, Event, Prize} }

// Valid says whether the preset is one of ours.
func (p Preset) Valid() bool {
	return p == Newsletter || p == WhitePaper || p == Event || p == Prize
}

// Words is a text in both languages.
type Words struct {
	Ja string `json:"ja,omitempty"`
	En string `json:"en,omitempty"`
}

// In is the text in a language; a text that exists in one language only is used for both.
func (w Words) In(l i18n.Lang) string {
	if l == i18n.En && w.En != "" || w.Ja == "" {
		return w.En
	}
	return w.Ja
}

// has says whether the text exists in that very language.
func (w Words) has(l i18n.Lang) bool {
	if l == i18n.En {
		return w.En != ""
	}
	return w.Ja != ""
}

// FieldKind is what is typed into a field.
type FieldKind string

// The kinds of field. The mail address is no field: every form has it.
const (
	TextField    FieldKind = "text"
	KanaField    FieldKind = "kana"
	TelField     FieldKind = "tel"
	CompanyField FieldKind = "company"
	LongField    FieldKind = "long"
	SelectField  FieldKind = "select"
	// CheckField is a plain yes or no ("I will bring a guest"); it never is a consent.
	CheckField FieldKind = "checkbox"
	// AgeField asks for the age in years.
	AgeField FieldKind = "age"
	// GuardianField is a box by which a legal representative consents; it must be ticked
	// where the declared age is under 16 (rule COL-13).
	GuardianField FieldKind = "guardian"
)

// FieldKinds lists the kinds of field.
func FieldKinds() []FieldKind {
	return []FieldKind{TextField, KanaField, TelField, CompanyField, LongField, SelectField, CheckField, AgeField, GuardianField}
}

// Choice is one line of a select.
type Choice struct {
	Value string `json:"value"`
	Label Words  `json:"label"`
}

// Field is one thing that a form asks for besides the address.
type Field struct {
	// Name is a-z, 0-9 and _; it is unique in the form.
	Name     string    `json:"name"`
	Kind     FieldKind `json:"kind"`
	Label    Words     `json:"label"`
	Help     Words     `json:"help,omitzero"`
	Required bool      `json:"required,omitempty"`
	// Maps is the contact's field that the value fills (see Targets), or
	// "attr.KEY", or empty when it stays with the entry.
	Maps    string   `json:"maps,omitempty"`
	Choices []Choice `json:"choices,omitempty"`
	// Sensitive says that it asks for special care-required information (個人情報保護法
	// 2条3項); Consent then names the CheckField by which the person agrees to that
	// (20条2項). Without that tick the value is not taken.
	Sensitive bool   `json:"sensitive,omitempty"`
	Consent   string `json:"consent,omitempty"`
}

// Mode is how a permission for a topic comes about.
type Mode string

// The modes.
const (
	// DoubleOptIn: the mailbox confirms first. It is the mode when none is named.
	DoubleOptIn Mode = "double"
	// SingleOptIn: sending the form in is enough, with weaker proof (rule COL-08).
	SingleOptIn Mode = "single"
)

// Offer is a topic on a form: one box, never ticked beforehand.
type Offer struct {
	Topic int64 `json:"topic"`
	// Wording is the key of the consent wording beside the box.
	Wording string `json:"wording"`
	Mode    Mode   `json:"mode,omitempty"`

	// What follows is filled in when a version is stored: the very words beside the box.

	// Text is the wording, Version its version, Hash its hash in hex.
	Text    Words  `json:"text,omitzero"`
	Version int64  `json:"version,omitempty"`
	Hash    string `json:"hash,omitempty"`
	// Name, Content and Promise say what is sent and how often.
	Name    Words `json:"name,omitzero"`
	Content Words `json:"content,omitzero"`
	Promise Words `json:"promise,omitzero"`
	// Sender is the official name of who will send.
	Sender Words `json:"sender,omitzero"`
}

// Purpose names the statement of the purpose of use (個人情報保護法 21条2項).
type Purpose struct {
	// Key is the key of the purpose wording.
	Key string `json:"key"`

	// Text, Version and Hash are filled in when a version is stored.
	Text    Words  `json:"text,omitzero"`
	Version int64  `json:"version,omitempty"`
	Hash    string `json:"hash,omitempty"`
}

// Ages says how old the people are whom a form addresses; empty is 16 and above.
type Ages string

// Children are people under 16.
const Children Ages = "children"

// Asset is what a WhitePaper form hands out: a stored file or an address.
type Asset struct {
	Blob int64 `json:"blob,omitempty"`
	// URL is an https address elsewhere.
	URL string `json:"url,omitempty"`
}

// Spec is everything a form says and asks. There is no place in it for a box that
// is ticked already, nor for a consent that covers two topics (rules COL-01, COL-02).
type Spec struct {
	Preset Preset      `json:"preset"`
	Langs  []i18n.Lang `json:"langs"`
	Title  Words       `json:"title"`
	Intro  Words       `json:"intro,omitzero"`
	// Thanks is read after sending the form in; empty is our own sentence.
	Thanks    Words   `json:"thanks,omitzero"`
	Fields    []Field `json:"fields,omitempty"`
	Offers    []Offer `json:"offers,omitempty"`
	Purpose   Purpose `json:"purpose"`
	PolicyURL string  `json:"policy_url"`
	Asset     Asset   `json:"asset,omitzero"`
	// Redirect is an https address that readers are sent to afterwards, if not to our
	// page; its host must be among RedirectHosts.
	Redirect      string   `json:"redirect,omitempty"`
	RedirectHosts []string `json:"redirect_hosts,omitempty"`
	// Profile is the sender profile of the form's own mails; 0 is the first topic's.
	Profile int64 `json:"profile,omitempty"`
	// Regions are where the people live whom the form addresses, see Regions.
	Regions []Region `json:"regions,omitempty"`
	// Ages is Children where it addresses people under 16 too (rule COL-13).
	Ages Ages `json:"ages,omitempty"`

	// Sender is the profile's official name, SenderAddress its postal address,
	// SenderContact a telephone number, mail address or URL; they are filled in when a
	// version is stored.
	Sender        Words  `json:"sender,omitzero"`
	SenderAddress Words  `json:"sender_address,omitzero"`
	SenderContact string `json:"sender_contact,omitempty"`
	// Notice is the address of the page about external transmission, filled in likewise
	// where it is published.
	Notice string `json:"notice,omitempty"`
}

// NeedsTopic says whether sending the form in makes no sense without a topic.
func (s Spec) NeedsTopic() bool { return s.Preset == Newsletter }

// HasAsset says whether there is something to hand out.
func (s Spec) HasAsset() bool { return s.Asset != Asset{} }

// Lang is the language to show for a wish: the wish if the form has it, else the
// form's first.
func (s Spec) Lang(wish i18n.Lang) i18n.Lang {
	for _, l := range s.Langs {
		if l == wish {
			return l
		}
	}
	if len(s.Langs) > 0 {
		return s.Langs[0]
	}
	return i18n.Ja
}

func (s Spec) offer(topic int64) (Offer, bool) {
	for _, o := range s.Offers {
		if o.Topic == topic {
			return o, true
		}
	}
	return Offer{}, false
}

// maxSpec bounds a stored spec in bytes.
const maxSpec = 256 << 10

// encode writes the stored form, and its hash (SHA-256), which names the version's contents.
func (s Spec) encode() (text string, hash []byte, err error) {
	b, err := json.Marshal(s)
	if err != nil {
		return "", nil, fmt.Errorf("collect: encode form: %w", err)
	}
	sum := sha256.Sum256(b)
	return string(b), sum[:], nil
}

// ParseSpec reads a spec; a field that no form has is an error, so that no wish
// ("checked": true) is silently dropped.
func ParseSpec(text []byte) (Spec, error) {
	var s Spec
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return Spec{}, fmt.Errorf("collect: parse form: %w", err)
	}
	return s, nil
}
