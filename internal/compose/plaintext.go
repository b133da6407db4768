package compose

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"
)

// plainText writes the text part of a mail from the same tree as the HTML.
type plainText struct {
	tagged
	source []byte
	lang   string
}

// rule parts sections of the text part.
const rule = "----------------------------------------"

func (p plainText) document(n ast.Node) string {
	s := p.blocks(n)
	// A line of steering tags leaves no empty line behind.
	return regexp.MustCompile(`(?m)^((?:`+p.mark+`\d+`+string(steers)+`)+)\n`).ReplaceAllString(s, "$1")
}

// blocks writes the children of a container, an empty line behind each.
func (p plainText) blocks(n ast.Node) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		s := strings.TrimRight(p.block(c), "\n")
		b.WriteString(s)
		switch {
		case s == "":
		case len(p.steering(strings.ReplaceAll(s, "\n", " "))) > 0:
			b.WriteString("\n")
		default:
			b.WriteString("\n\n")
		}
	}
	return b.String()
}

func (p plainText) block(n ast.Node) string {
	switch n := n.(type) {
	case *ast.Heading:
		return heading(p.lang, n.Level, p.inline(n))
	case *ast.List:
		return p.list(n)
	case *ast.Blockquote:
		return indent("> ", "> ", p.blocks(n))
	case *ast.ThematicBreak:
		return rule
	case *ast.CodeBlock, *ast.FencedCodeBlock:
		return string(n.Lines().Value(p.source))
	case *extast.Table:
		return p.table(n)
	case *ast.HTMLBlock:
		return ""
	}
	return p.inline(n)
}

func heading(lang string, level int, s string) string {
	switch {
	case lang == "en":
		return strings.Repeat("#", min(level, 3)) + " " + s
	case level <= 2:
		return "■ " + s
	}
	return "◆ " + s
}

func bullet(lang string) string {
	if lang == "en" {
		return "- "
	}
	return "・"
}

func (p plainText) list(n *ast.List) string {
	var b strings.Builder
	for i, c := n.Start, n.FirstChild(); c != nil; i, c = i+1, c.NextSibling() {
		mark, pad := bullet(p.lang), "  "
		if n.IsOrdered() {
			mark, pad = strconv.Itoa(i)+". ", "   "
		}
		item := strings.TrimRight(p.blocks(c), "\n")
		if n.IsTight {
			item = strings.ReplaceAll(item, "\n\n", "\n")
		}
		b.WriteString(indent(mark, pad, item) + "\n")
	}
	return b.String()
}

func (p plainText) table(n ast.Node) string {
	var b strings.Builder
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			if cell.PreviousSibling() != nil {
				b.WriteString(" | ")
			}
			b.WriteString(p.inline(cell))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// indent writes first before the first line and rest before the others.
func indent(first, rest, s string) string {
	lines := strings.Split(strings.TrimRight(s, "\n"), "\n")
	for i, l := range lines {
		lead := rest
		if i == 0 {
			lead = first
		}
		lines[i] = strings.TrimRight(lead+l, " ")
	}
	return strings.Join(lines, "\n")
}

func (p plainText) inline(n ast.Node) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			b.WriteString(literal(c.Segment.Value(p.source), c.IsRaw()))
			if c.SoftLineBreak() || c.HardLineBreak() {
				b.WriteByte('\n')
			}
		case *ast.String:
			b.WriteString(literal(c.Value, c.IsRaw()))
		case *ast.CodeSpan:
			for t := c.FirstChild(); t != nil; t = t.NextSibling() {
				if t, ok := t.(*ast.Text); ok {
					b.Write(t.Segment.Value(p.source))
				}
			}
		case *ast.Link:
			b.WriteString(withAddress(p.inline(c), string(util.URLEscape(c.Destination, true))))
		case *ast.AutoLink:
			b.Write(c.Label(p.source))
		case *ast.Image:
			if alt := p.inline(c); alt != "" {
				b.WriteString("[" + alt + "]")
			}
		case *ast.RawHTML:
		default:
			b.WriteString(p.inline(c))
		}
	}
	return b.String()
}

// literal resolves what Markdown's text may spell in other ways.
func literal(s []byte, raw bool) string {
	if raw {
		return string(s)
	}
	return string(util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(s))))
}

// withAddress writes a link as text: the words, then the address in the brackets
// that RFC 3986 appendix C advises, so that Japanese behind it stays out of it.
func withAddress(words, to string) string {
	if words == "" || words == to || "mailto:"+words == to || "tel:"+words == to {
		return strings.TrimPrefix(strings.TrimPrefix(to, "mailto:"), "tel:")
	}
	return words + " <" + to + ">"
}
