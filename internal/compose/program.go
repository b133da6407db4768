package compose

import (
	"fmt"
	"maps"
	"strings"
	"unicode/utf8"

	"github.com/kyodaku/kyodaku/internal/compose/merge"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
)

// Composer compiles drafts. It holds the texts of the label and is safe for
// concurrent use.
type Composer struct{ texts *i18n.Catalogue }

// New makes a Composer with the texts of both languages.
func New(texts *i18n.Catalogue) *Composer { return &Composer{texts} }

// Program writes one campaign's messages.
type Program struct {
	class   Class
	lang    string
	subject *merge.Program
	html    []*merge.Program
	text    []*merge.Program
}

// Rendered is one reader's message. Reuse one for many: it keeps its buffers, and
// what it holds is valid until the next Render.
type Rendered struct {
	Subject, HTML, Text []byte

	slots [slots]string
}

// maxSubject bounds a rendered subject in bytes, as vendors of mail gateways do.
const maxSubject = 500

// Compile checks a draft and prepares it for rendering. Errors are Invalid and name
// field, line and column; an incomplete label is named as label.….
func (c *Composer) Compile(d Draft, l Label) (*Program, error) {
	var wrong fault.Fields
	for _, err := range [...]error{l.Check(d.Class), d.check()} {
		wrong = append(wrong, fieldsOf(err)...)
	}
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	s := scope(d, l)
	b, err := printBody(d, s)
	if err != nil {
		return nil, err
	}
	return c.assemble(d, l, s, b)
}

// body is a draft in both forms, tags in place.
type body struct{ subject, preheader, rows, text string }

func printBody(d Draft, s merge.Scope) (body, error) {
	b := body{subject: strings.TrimSpace(d.Subject)}
	var wrong fault.Fields
	p := newPress(d, s)
	_, err := merge.Compile(b.subject, merge.Options{Mode: merge.Header, Scope: s, Lang: p.lang, Field: "subject"})
	wrong = append(wrong, fieldsOf(err)...)
	pre, err := p.line("preheader", d.Preheader)
	wrong = append(wrong, fieldsOf(err)...)
	b.preheader = pre.html
	col, err := p.body(d)
	if fault.Of(err) != fault.Invalid && err != nil {
		return b, err
	}
	wrong = append(wrong, fieldsOf(err)...)
	b.rows, b.text = col.html.String(), strings.TrimRight(col.text.String(), "\n")+"\n\n"
	return b, wrong.Err()
}

// bodyWidth is the width of the card in pixels, and of what stands in it.
const bodyWidth, innerWidth = 600, 552

func (p *press) body(d Draft) (*column, error) {
	c := &column{width: innerWidth}
	if d.Kind == Markdown {
		s, err := p.print("body", d.Body)
		c.row("24px 24px 8px", s.html)
		c.say(s.text)
		return c, err
	}
	doc, err := ParseDocument(d.Body)
	if err != nil {
		return c, err
	}
	return c, p.blocks(c, "body/blocks", doc.Blocks)
}

func (c *Composer) assemble(d Draft, l Label, s merge.Scope, b body) (*Program, error) {
	lang := string(d.Lang)
	label := s
	label.Constants = labelConstants(l, c.texts.For(d.Lang))
	maps.Copy(label.Constants, s.Constants)
	foot := writeFooter(d.Class, l)
	p := &Program{class: d.Class, lang: lang}
	var err error
	compile := func(mode merge.Mode, s merge.Scope, text string) *merge.Program {
		if err != nil {
			return nil
		}
		var out *merge.Program
		if out, err = merge.Compile(text, merge.Options{Mode: mode, Scope: s, Lang: lang, Field: "body"}); err != nil {
			err = fmt.Errorf("compose: assemble: %w", err)
		}
		return out
	}
	p.subject = compile(merge.Header, s, b.subject)
	p.html = []*merge.Program{
		compile(merge.HTML, s, shellHead(lang, escaped(b.subject), b.preheader)),
		compile(merge.HTML, s, b.rows),
		compile(merge.HTML, label, shellFoot(foot.html.String())),
	}
	p.text = []*merge.Program{compile(merge.Text, s, b.text), compile(merge.Text, label, foot.text.String())}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// Class returns what the message is for.
func (p *Program) Class() Class { return p.class }

// Render writes one reader's message into dst. A class that must carry a way out is
// refused (Invalid, field links.unsubscribe) for a reader without one.
func (p *Program) Render(dst *Rendered, r Recipient) error {
	if p.class.NeedsExit() && !webAddress(r.Links.Unsubscribe) {
		return fault.Bad("links.unsubscribe", "compose.render.no_exit")
	}
	v := fill(&dst.slots, &r, p.lang)
	dst.Subject = clip(p.subject.Append(dst.Subject[:0], &v), maxSubject)
	dst.HTML, dst.Text = dst.HTML[:0], dst.Text[:0]
	for _, part := range p.html {
		dst.HTML = part.Append(dst.HTML, &v)
	}
	for _, part := range p.text {
		dst.Text = part.Append(dst.Text, &v)
	}
	return nil
}

// everyBranch writes the HTML with all branches of its conditions, for looking at.
func (p *Program) everyBranch(dst *Rendered, r Recipient) (out []byte) {
	v := fill(&dst.slots, &r, p.lang)
	for _, part := range p.html {
		out = part.AppendEvery(out, &v)
	}
	return out
}

func webAddress(s string) bool {
	return merge.SafeURL(s) && len(s) > 4 && strings.EqualFold(s[:4], "http")
}

// clip shortens b to at most n bytes at a character's end.
func clip(b []byte, n int) []byte {
	if len(b) <= n {
		return b
	}
	for n > 0 && !utf8.RuneStart(b[n]) {
		n--
	}
	return b[:n]
}
