package collect

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/i18n"
)

// programKey is what mails have in common that one program can write.
type programKey struct {
	mail    mailKind
	profile int64
	preset  Preset
	lang    i18n.Lang
	topics  int
	asset   bool
}

func topicTag(i int) string { return "topic" + strconv.Itoa(i) }

// tag names a personal value in a text.
func tag(name string) string { return "{{ contact.attr." + name + " }}" }

// compose writes subject, HTML and text of a mail.
func (d *Desk) compose(b *batch, s Signup, v Version, kind mailKind, p account.Profile, sent time.Time) (*compose.Rendered, error) {
	offers := s.offers(v.Spec, askPending)
	if kind != mailConfirm {
		offers = s.offers(v.Spec, askGranted, askGiven)
	}
	key := programKey{kind, p.ID, v.Spec.Preset, s.Lang, len(offers), v.Spec.HasAsset()}
	program := b.programs[key]
	if program == nil {
		var err error
		if program, err = d.program(key, p); err != nil {
			return nil, err
		}
		b.programs[key] = program
	}
	out := &compose.Rendered{}
	return out, program.Render(out, compose.Recipient{Locale: string(s.Lang), Attrs: d.links(s, offers, sent)})
}

func (d *Desk) program(k programKey, p account.Profile) (*compose.Program, error) {
	t := d.Texts.For(k.lang)
	say := func(key string) string { return t.T(key, "Sender", "{{ sender.name }}") }
	body, err := json.Marshal(compose.Document{Blocks: k.blocks(say)})
	if err != nil {
		return nil, err
	}
	return d.composer.Compile(compose.Draft{
		Class: compose.Tx, Lang: k.lang, Kind: compose.Blocks, Body: string(body),
		Subject: say("collect.mail.subject." + string(k.preset)), Preheader: say("collect.mail.preheader." + string(k.mail)),
	}, label(p, k.lang))
}

// label is the profile's label in a language that it exists in.
func label(p account.Profile, lang i18n.Lang) compose.Label {
	l := p.Label.In(lang)
	return compose.Label{
		LegalName: l.LegalName, SenderName: p.FromName, PostalAddress: l.PostalAddress, Phone: l.Phone, Mail: l.Email, URL: l.URL,
	}
}

// blocks is the mail's body. The button comes after what is agreed to, and the way
// to say "this was not me" after the button.
func (k programKey) blocks(say func(key string) string) []compose.Block {
	text := func(key string) compose.Block { return compose.Block{Type: compose.TextBlock, Text: say(key)} }
	button := func(key, link string) compose.Block {
		return compose.Block{Type: compose.ButtonBlock, Text: say(key), URL: tag(link)}
	}
	b := []compose.Block{text("collect.mail." + string(k.mail) + "." + string(k.preset))}
	if k.asset {
		b = append(b, text("collect.mail.asset"), button("collect.mail.download", "download"))
	}
	if k.topics > 0 {
		items := make([]string, k.topics)
		for i := range items {
			items[i] = tag(topicTag(i))
		}
		b = append(b, text("collect.mail."+string(k.mail)+".topics"), compose.Block{Type: compose.ListBlock, Items: items})
	}
	switch k.mail {
	case mailConfirm:
		b = append(b, text("collect.mail.confirm.press"), button("collect.mail.confirm.button", "confirm"), text("collect.mail.confirm.until"))
	case mailRegistered, mailReceipt:
		if k.topics > 0 {
			b = append(b, text("collect.mail.preferences"), button("collect.mail.preferences.button", "preferences"))
		}
	}
	return append(b, compose.Block{Type: compose.DividerBlock},
		text("collect.mail.not_me."+string(k.mail)), compose.Block{Type: compose.TextBlock, Text: "[" + say("collect.mail.not_me.link") + "](" + tag("confirm") + ")"})
}
