package compose

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/kyodaku/kyodaku/internal/compose/merge"
	"github.com/kyodaku/kyodaku/internal/fault"
)

// press renders Markdown. Making one is costly; one serves a whole draft.
type press struct {
	md     goldmark.Markdown
	policy *bluemonday.Policy
	style  *strings.Replacer
	lang   string
	scope  merge.Scope
}

func newPress(d Draft, s merge.Scope) *press {
	return &press{
		md: goldmark.New(
			goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.Linkify),
			goldmark.WithParserOptions(parser.WithInlineParsers(util.Prioritized(wideEmphasis{}, 450))),
			goldmark.WithRendererOptions(html.WithHardWraps()),
		),
		policy: strictPolicy(),
		style:  styles(),
		lang:   string(d.Lang),
		scope:  s,
	}
}

// strictPolicy lists everything Markdown may become; whatever else comes out is dropped.
func strictPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "strong", "em", "del", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li",
		"blockquote", "hr", "pre", "code", "table", "thead", "tbody", "tr", "th", "td")
	p.AllowAttrs("href", "title").OnElements("a")
	p.AllowAttrs("src", "alt", "title").OnElements("img")
	p.AllowAttrs("align").Matching(regexp.MustCompile(`^(left|center|right)$`)).OnElements("th", "td")
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowURLSchemes("https", "http", "mailto", "tel")
	p.AllowRelativeURLs(true) // an address that begins with a tag looks like one; links checks the others
	p.RequireParseableURLs(true)
	return p
}

// piece is one text in both forms, tags in place.
type piece struct{ html, text string }

// print turns one Markdown text into both forms. Errors are Invalid for field.
func (p *press) print(field, src string) (piece, error) {
	if _, err := merge.Compile(src, merge.Options{Mode: merge.Text, Scope: p.scope, Lang: p.lang, Field: field}); err != nil {
		return piece{}, err
	}
	t := protect(src)
	source := []byte(t.settle())
	doc := p.md.Parser().Parse(text.NewReader(source))
	if err := t.links(field, doc); err != nil {
		return piece{}, err
	}
	var b bytes.Buffer
	if err := p.md.Renderer().Render(&b, source, doc); err != nil {
		return piece{}, fmt.Errorf("compose: markdown: %w", err)
	}
	out, from := t.restore(p.style.Replace(t.tidy(p.policy.Sanitize(b.String()))))
	if err := p.verify(field, out, from); err != nil {
		return piece{}, err
	}
	plain := plainText{tagged: t, source: source, lang: p.lang}
	words, _ := t.restore(plain.document(doc))
	return piece{html: out, text: words}, nil
}

// verify compiles the HTML of one field, so that mistakes that only HTML has (a tag
// in a host name, a condition across paragraphs) name the place the author wrote.
func (p *press) verify(field, out string, from []origin) error {
	_, err := merge.Compile(out, merge.Options{
		Mode: merge.HTML, Scope: p.scope, Lang: p.lang, Field: field,
		Origin: func(off int) merge.Position {
			at := merge.Position{Line: 1, Column: 1}
			for _, o := range from {
				if o.off <= off {
					at = o.at
				}
			}
			return at
		},
	})
	return err
}

// links refuses addresses that lead nowhere from a mail.
func (t tagged) links(field string, doc ast.Node) error {
	var wrong fault.Fields
	// The walker returns no error, so neither does Walk.
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		var to []byte
		switch n := n.(type) {
		case *ast.Link:
			to = n.Destination
		case *ast.Image:
			to = n.Destination
		default:
			return ast.WalkContinue, nil
		}
		if s := string(to); entering && !t.startsWithTag(s) && !merge.SafeURL(s) {
			shown, _ := t.restore(s)
			wrong.Add(field, "compose.body.link", "URL", shown)
		}
		return ast.WalkContinue, nil
	})
	return wrong.Err()
}

// tidy takes away what Markdown put around lines of steering tags: a paragraph of
// their own, or the line break behind them.
func (t tagged) tidy(s string) string {
	tag := t.mark + `\d+` + string(steers)
	s = regexp.MustCompile(`<p>((?:\s*`+tag+`(?:<br>|<br/>)?)+)\s*</p>\n?`).ReplaceAllString(s, "$1")
	return regexp.MustCompile(`(^|\n|<p>)(\s*(?:`+tag+`\s*)+)<br/?>\n?`).ReplaceAllString(s, "$1$2")
}
