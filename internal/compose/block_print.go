package compose

import (
	"strconv"
	"strings"

	"github.com/kyodaku/kyodaku/internal/compose/merge"
)

// column is where blocks are laid; width is in pixels.
type column struct {
	html, text strings.Builder
	width      int
}

func (c *column) row(pad, inner string) {
	c.html.WriteString(`<tr><td class="row" style="padding:` + pad + `">` + inner + "</td></tr>\n")
}

func (c *column) say(s string) {
	if s != "" {
		c.text.WriteString(s + "\n\n")
	}
}

func (p *press) blocks(c *column, path string, blocks []Block) error {
	for i, b := range blocks {
		if err := p.block(c, path+"/"+strconv.Itoa(i), b); err != nil {
			return err
		}
	}
	return nil
}

func (p *press) block(c *column, at string, b Block) error {
	switch b.Type {
	case HeadingBlock:
		return p.heading(c, at, b)
	case TextBlock, QuoteBlock:
		return p.prose(c, at, b)
	case ButtonBlock:
		return p.button(c, at, b)
	case ImageBlock:
		return p.image(c, at, b)
	case ListBlock:
		return p.list(c, at, b)
	case AdBlock:
		return p.ad(c, at, b)
	case ColumnsBlock:
		return p.columns(c, at, b)
	case DividerBlock:
		c.row("12px 24px", `<hr style="`+styleRule+`">`)
		c.say(rule)
	case SpacerBlock:
		height := b.Height
		if height == 0 {
			height = 24
		}
		n := strconv.Itoa(height)
		c.html.WriteString(`<tr><td height="` + n + `" style="height:` + n + `px;line-height:` + n + `px;font-size:0">&nbsp;</td></tr>` + "\n")
	}
	return nil
}

// line checks a text that is no Markdown and returns it for both forms.
func (p *press) line(field, src string) (piece, error) {
	src = strings.TrimSpace(src)
	if _, err := merge.Compile(src, merge.Options{Mode: merge.Text, Scope: p.scope, Lang: p.lang, Field: field}); err != nil {
		return piece{}, err
	}
	return piece{html: escaped(src), text: src}, nil
}

// address checks an address, which may hold tags, as the value of href.
func (p *press) address(field, src string) (piece, error) {
	out, err := p.line(field, src)
	if err != nil {
		return out, err
	}
	return out, p.verify(field, `<a href="`+out.html+`">`, nil)
}

func (p *press) heading(c *column, at string, b Block) error {
	s, err := p.line(at+"/text", b.Text)
	if err != nil {
		return err
	}
	level := b.Level
	if level == 0 {
		level = 2
	}
	tag := "h" + strconv.Itoa(level)
	c.row("16px 24px 4px", p.style.Replace("<"+tag+">")+s.html+"</"+tag+">")
	c.say(heading(p.lang, level, s.text))
	return nil
}

func (p *press) prose(c *column, at string, b Block) error {
	src := b.Text
	s, err := p.print(at+"/text", src)
	if err != nil {
		return err
	}
	words := strings.TrimRight(s.text, "\n")
	if b.Type == QuoteBlock {
		c.row("4px 24px", p.style.Replace("<blockquote>")+s.html+"</blockquote>")
		c.say(indent("> ", "> ", words))
		return nil
	}
	c.row("4px 24px", s.html)
	c.say(words)
	return nil
}

func (p *press) button(c *column, at string, b Block) error {
	s, err := p.line(at+"/text", b.Text)
	if err != nil {
		return err
	}
	to, err := p.address(at+"/url", b.URL)
	if err != nil {
		return err
	}
	c.row("12px 24px", `<table role="presentation" border="0" cellpadding="0" cellspacing="0"><tr><td style="`+styleButtonCell+`"><a class="button" style="`+
		styleButton+`" href="`+to.html+`">`+s.html+`</a></td></tr></table>`)
	lead := "▼ " + s.text
	if p.lang == "en" {
		lead = s.text + ":"
	}
	c.say(lead + "\n" + to.text)
	return nil
}

func (p *press) image(c *column, at string, b Block) error {
	src, err := p.address(at+"/src", b.Src)
	if err != nil {
		return err
	}
	alt, err := p.line(at+"/alt", b.Alt)
	if err != nil {
		return err
	}
	width := c.width
	if b.Width > 0 && b.Width < width {
		width = b.Width
	}
	inner := `<img src="` + src.html + `" alt="` + alt.html + `" width="` + strconv.Itoa(width) + `" style="` + styleImage + `">`
	words := "[" + alt.text + "]"
	if b.URL != "" {
		to, err := p.address(at+"/url", b.URL)
		if err != nil {
			return err
		}
		inner = `<a href="` + to.html + `">` + inner + `</a>`
		words += "\n" + to.text
	}
	c.row("8px 24px", inner)
	c.say(words)
	return nil
}

func (p *press) list(c *column, at string, b Block) error {
	tag := "ul"
	if b.Ordered {
		tag = "ol"
	}
	var out, words strings.Builder
	out.WriteString(p.style.Replace("<" + tag + ">"))
	for i, item := range b.Items {
		s, err := p.print(at+"/items/"+strconv.Itoa(i), strings.Join(strings.Fields(item), " "))
		if err != nil {
			return err
		}
		mark, pad := bullet(p.lang), "  "
		if b.Ordered {
			mark, pad = strconv.Itoa(i+1)+". ", "   "
		}
		out.WriteString(p.style.Replace("<li>") + unwrap(s.html) + "</li>")
		words.WriteString(indent(mark, pad, s.text) + "\n")
	}
	out.WriteString("</" + tag + ">")
	c.row("4px 24px", out.String())
	c.say(strings.TrimRight(words.String(), "\n"))
	return nil
}

func (p *press) columns(c *column, at string, b Block) error {
	var cells strings.Builder
	half := column{width: c.width/2 - 24}
	for i, blocks := range b.Columns {
		half.html.Reset()
		if err := p.blocks(&half, at+"/columns/"+strconv.Itoa(i), blocks); err != nil {
			return err
		}
		cells.WriteString(`<td class="column" width="50%" valign="top" style="width:50%;vertical-align:top">` + table(half.html.String()) + `</td>`)
	}
	c.row("0", `<table role="presentation" width="100%" border="0" cellpadding="0" cellspacing="0"><tr>`+cells.String()+`</tr></table>`)
	c.text.WriteString(half.text.String())
	return nil
}

func table(rows string) string {
	return `<table role="presentation" width="100%" border="0" cellpadding="0" cellspacing="0">` + "\n" + rows + `</table>`
}

// unwrap takes the paragraph from around a single one: an item of a list is a line.
func unwrap(s string) string {
	inner, ok := strings.CutSuffix(strings.TrimSpace(s), "</p>")
	if _, after, found := strings.Cut(inner, ">"); ok && found && strings.HasPrefix(inner, "<p") && !strings.Contains(inner, "</p>") {
		return after
	}
	return s
}
