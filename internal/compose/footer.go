package compose

import (
	"strings"

	"github.com/kyodaku/kyodaku/internal/i18n"
)

// footer writes the label. It is a program of its own, so that nothing an author
// writes can stand around it, and its texts are constants, so that a "{{" in a
// company's name is just that.
type footer struct {
	class      Class
	label      Label
	html, text strings.Builder
}

// labelConstants are the names the footer's tags use.
func labelConstants(l Label, p *i18n.Printer) map[string]string {
	c := map[string]string{
		"label.name": strings.TrimSpace(l.LegalName), "label.address": strings.TrimSpace(l.PostalAddress),
		"label.phone": strings.TrimSpace(l.Phone), "label.mail": strings.TrimSpace(l.Mail), "label.url": strings.TrimSpace(l.URL),
		"label.mailto": "mailto:" + strings.TrimSpace(l.Mail), "label.behalf": strings.TrimSpace(l.Behalf),
	}
	for _, w := range [...]string{"contact", "refusal", "unsubscribe", "preferences", "why", "sender", "phone", "behalf"} {
		c["word."+w] = p.T("compose.label." + w)
	}
	return c
}

func writeFooter(class Class, l Label) *footer {
	f := &footer{class: class, label: l}
	f.text.WriteString(rule + "\n")
	f.identity()
	if class != Tx {
		f.contact()
		f.exit()
	}
	f.more()
	return f
}

func (f *footer) paragraph(html string) {
	f.html.WriteString(`<p style="` + styleSmall + `">` + html + "</p>\n")
}

// identity is L1 and L4.
func (f *footer) identity() {
	html := `<strong>{{ label.name }}</strong>`
	f.text.WriteString("{{ label.name }}\n")
	if f.class != Tx && strings.TrimSpace(f.label.PostalAddress) != "" {
		html += `<br>{{ label.address }}`
		f.text.WriteString("{{ label.address }}\n")
	}
	if strings.TrimSpace(f.label.Behalf) != "" {
		html += `<br>{{ word.behalf }}: {{ label.behalf }}`
		f.text.WriteString("{{ word.behalf }}: {{ label.behalf }}\n")
	}
	f.paragraph(html)
}

// contact is L5.
func (f *footer) contact() {
	var html, text []string
	if strings.TrimSpace(f.label.Phone) != "" {
		html = append(html, "{{ word.phone }} {{ label.phone }}")
		text = append(text, "{{ word.phone }} {{ label.phone }}")
	}
	if strings.TrimSpace(f.label.Mail) != "" {
		html = append(html, `<a style="`+styleLink+`" href="{{ label.mailto }}">{{ label.mail }}</a>`)
		text = append(text, "{{ label.mail }}")
	}
	if strings.TrimSpace(f.label.URL) != "" {
		html = append(html, `<a style="`+styleLink+`" href="{{ label.url }}">{{ label.url }}</a>`)
		text = append(text, "{{ label.url }}")
	}
	if len(html) == 0 {
		return
	}
	f.paragraph("{{ word.contact }}: " + strings.Join(html, " / "))
	f.text.WriteString("{{ word.contact }}: " + strings.Join(text, " / ") + "\n")
}

// exit is L3 and directly below it L2 (SEMR 7(1)(ii)). Where the class does not
// demand it, it is there for readers who have such a link.
func (f *footer) exit() {
	begin, end := "{% if links.unsubscribe %}", "{% endif %}"
	if f.class.NeedsExit() {
		begin, end = "", ""
	}
	f.html.WriteString(begin)
	f.paragraph(`{{ word.refusal }}<br><a style="` + styleLink + `" href="{{ links.unsubscribe }}">{{ word.unsubscribe }}</a>`)
	f.html.WriteString(end)
	f.text.WriteString(begin + "\n{{ word.refusal }}\n{{ word.unsubscribe }}: {{ links.unsubscribe }}\n" + end)
}

// more links to the pages that explain; each only for readers who have one.
func (f *footer) more() {
	names := []string{"preferences", "why", "sender"}
	if f.class == Tx {
		names = names[1:]
	}
	var html strings.Builder
	for _, n := range names {
		html.WriteString(`{% if links.` + n + ` %}<a style="` + styleLink + `" href="{{ links.` + n + ` }}">{{ word.` + n + ` }}</a>&ensp; {% endif %}`)
		f.text.WriteString(`{% if links.` + n + ` %}{{ word.` + n + ` }}: {{ links.` + n + ` }}` + "\n{% endif %}")
	}
	f.paragraph(html.String())
}
