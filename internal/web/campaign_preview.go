package web

import (
	"bytes"
	"errors"
	"html"
	"strconv"
	"strings"

	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
)

// mailPolicy is the content security policy of a mail shown in a frame: it runs
// nothing, posts nothing, and may not be shown anywhere but on our pages. Mails
// carry their styles inline. A link opens a window of its own.
const mailPolicy = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; " +
	"img-src https: data:; form-action 'none'; frame-ancestors 'self'; base-uri 'none'"

// showMail answers with a mail's HTML for a sandboxed frame.
func (c *Call) showMail(body []byte) error {
	h := c.W.Header()
	h.Set("Content-Security-Policy", mailPolicy)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Robots-Tag", "noindex")
	_, _ = c.W.Write(body) // a reader who left gets nothing more
	return nil
}

// plainPage shows a text part as a page of its own.
func plainPage(lang, text string) []byte {
	return []byte(`<!DOCTYPE html><html lang="` + html.EscapeString(lang) + `"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
		`<meta name="color-scheme" content="light dark"><title>text/plain</title></head>` +
		`<body style="margin:0;padding:16px"><pre style="margin:0;white-space:pre-wrap;overflow-wrap:anywhere;font:15px/1.7 ui-monospace,Menlo,Consolas,'Noto Sans Mono CJK JP',monospace">` +
		html.EscapeString(text) + `</pre></body></html>`)
}

// campaignPreview shows a campaign as it is stored.
func (s *Site) campaignPreview(c *Call) error {
	one, err := s.campaign(c)
	if err != nil {
		return err
	}
	q := c.R.URL.Query()
	return s.preview(c, one, q.Get("view"), q.Get("as"))
}

// campaignLook shows a text as it is being typed.
func (s *Site) campaignLook(c *Call) error {
	one, form, err := about(c, s.draft)
	if err != nil {
		return err
	}
	if one, err = s.written(c, one, form); err != nil {
		return err
	}
	return s.preview(c, one, form.Get("view"), form.Get("as"))
}

// preview renders for an invented reader: view is "text" or the HTML part, as is
// "nameless" for somebody of whom only the address is known.
func (s *Site) preview(c *Call, one campaign.Campaign, view, as string) error {
	out, err := s.Campaigns.Preview(c.Context(), s.DB, one, invented(one.Lang, as == "nameless"))
	if e, ok := errors.AsType[*fault.Error](err); ok && e.Kind == fault.Invalid {
		if rest, less := withoutBroken(one, e.Fields); less {
			return s.preview(c, rest, view, as)
		}
		return c.showMail(plainPage(string(c.Lang), c.whyNoPreview(e)))
	}
	if err != nil {
		return err
	}
	return c.showRendered(one.Lang, out, view)
}

func (c *Call) showRendered(lang i18n.Lang, out compose.Rendered, view string) error {
	if view == "text" {
		return c.showMail(plainPage(string(lang), string(out.Subject)+"\n\n"+string(out.Text)))
	}
	return c.showMail(out.HTML)
}

// withoutBroken leaves out the blocks that are not finished yet, so that the others
// can be looked at meanwhile. It is false when there are none.
func withoutBroken(one campaign.Campaign, wrong []fault.Field) (campaign.Campaign, bool) {
	broken := map[string]bool{}
	for _, f := range wrong {
		if rest, ok := strings.CutPrefix(f.Name, blocksPath+"/"); ok {
			number, _, _ := strings.Cut(rest, "/")
			broken[number] = true
		}
	}
	doc, _ := compose.ParseDocument(one.Body) // what is wrong with it is in hand
	var whole []compose.Block
	for i, b := range doc.Blocks {
		if !broken[strconv.Itoa(i)] {
			whole = append(whole, b)
		}
	}
	less := len(whole) < len(doc.Blocks)
	if less {
		one.Body = compose.Document{Blocks: whole}.Encode()
	}
	return one, less
}

// whyNoPreview says in words what keeps a mail from being put together.
func (c *Call) whyNoPreview(e *fault.Error) string {
	var b strings.Builder
	b.WriteString(c.T("web.campaign.no_preview"))
	for _, f := range e.Fields {
		b.WriteString("\n・" + c.partName(f.Name) + ": " + c.T(f.Key, f.Args...))
	}
	return b.String()
}

// withTarget makes the links of a mail open a window of their own: in the frame
// they would be refused.
func withTarget(mail []byte) []byte {
	head := []byte("<head>")
	if i := bytes.Index(bytes.ToLower(mail[:min(len(mail), 4096)]), head); i >= 0 {
		at := i + len(head)
		return append(append(append([]byte{}, mail[:at]...), `<base target="_blank">`...), mail[at:]...)
	}
	return append([]byte(`<base target="_blank">`), mail...)
}
