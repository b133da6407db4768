package compose

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/kyodaku/kyodaku/internal/compose/merge"
	"github.com/kyodaku/kyodaku/internal/i18n"
)

// Mechanical says whether Mend can do the repair without asking the author.
func (r Repair) Mechanical() bool {
	return r == UseHonorific || r == AddFallback || r == ReplaceLetters
}

// Mend does the repair of a finding and returns the draft with it. It is false when
// nothing was changed: the repair needs the author's own words, or the text is not
// the one that was looked at any more. Only Field, Repair and At of the finding
// are read.
func Mend(d Draft, f LintFinding) (Draft, bool) {
	if !f.Repair.Mechanical() {
		return d, false
	}
	mended := false
	mend := func(text string) string {
		out := mendText(text, f, d.Lang)
		mended = out != text
		return out
	}
	switch {
	case f.Field == "subject":
		d.Subject = mend(d.Subject)
	case f.Field == "preheader":
		d.Preheader = mend(d.Preheader)
	case f.Field == "body" && d.Kind == Markdown:
		d.Body = mend(d.Body)
	case d.Kind == Blocks:
		doc, err := ParseDocument(d.Body)
		if err != nil && len(doc.Blocks) == 0 {
			return d, false
		}
		if text := doc.text(f.Field); text != nil {
			*text = mend(*text)
			d.Body = doc.Encode()
		}
	}
	return d, mended
}

// Encode writes a document as a body of kind Blocks. ParseDocument reads it back.
func (doc Document) Encode() string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)                // merge tags stay legible
	if err := e.Encode(doc); err != nil { // strings and numbers always encode
		return ""
	}
	return strings.TrimSpace(b.String())
}

// text finds the text that a finding's path leads to, or nil.
func (doc *Document) text(path string) *string {
	steps := strings.Split(strings.TrimPrefix(path, "body/blocks/"), "/")
	blocks := doc.Blocks
	for len(steps) >= 2 {
		i, err := strconv.Atoi(steps[0])
		if err != nil || i < 0 || i >= len(blocks) {
			return nil
		}
		b := &blocks[i]
		switch steps[1] {
		case "text":
			return &b.Text
		case "alt":
			return &b.Alt
		case "items":
			return element(b.Items, steps[2:])
		case "columns":
			column := element(b.Columns, steps[2:])
			if column == nil {
				return nil
			}
			blocks, steps = *column, steps[3:]
		default:
			return nil
		}
	}
	return nil
}

// element is the element of a list that the first step names, or nil.
func element[T any](list []T, steps []string) *T {
	if len(steps) == 0 {
		return nil
	}
	i, err := strconv.Atoi(steps[0])
	if err != nil || i < 0 || i >= len(list) {
		return nil
	}
	return &list[i]
}

func mendText(text string, f LintFinding, lang i18n.Lang) string {
	if f.Repair == ReplaceLetters {
		return portable(text)
	}
	for _, o := range merge.Outputs(text) {
		if o.At != f.At {
			continue
		}
		if f.Repair == AddFallback {
			return text[:o.Start] + withFallback(text[o.Start:o.End], o, lang) + text[o.End:]
		}
		lonely := lonelyHonorific.FindStringSubmatch(text[o.End:])
		if lonely == nil {
			return text
		}
		tag := `{{ ` + o.Name + ` | honorific: "` + lonely[1] + `", "` + reader(lang) + `" }}`
		return text[:o.Start] + tag + text[o.End+len(lonely[0]):]
	}
	return text
}

// lonelyHonorific is an honorific that stands behind a tag instead of in it.
var lonelyHonorific = regexp.MustCompile(`^[ \x{3000}]?(様|さま|さん|殿|御中)`)

// reader is how somebody without a name is addressed.
func reader(lang i18n.Lang) string {
	if lang == i18n.En {
		return "Customer"
	}
	return "お客様"
}

var honorificArgument = regexp.MustCompile(`honorific:\s*("[^"]*"|'[^']*')`)

// withFallback gives a tag a text for people without a name.
func withFallback(tag string, o merge.Output, lang i18n.Lang) string {
	if o.Honorific {
		return honorificArgument.ReplaceAllStringFunc(tag, func(s string) string { return s + `, "` + reader(lang) + `"` })
	}
	inner := strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(tag, "{{"), "}}"))
	return `{{ ` + inner + ` | default: "` + reader(lang) + `" }}`
}

// portable writes a text in characters that every device has: compatibility forms
// are spelled out, invisible ones dropped, and what only one machine knows becomes
// 〓, the printer's mark for a missing letter.
func portable(text string) string {
	var b strings.Builder
	var run []rune
	flush := func() {
		b.WriteString(norm.NFKC.String(string(run)))
		run = run[:0]
	}
	for _, r := range text {
		switch {
		case r >= 0xff61 && r <= 0xff9f: // half-width kana join with their marks
			run = append(run, r)
			continue
		case r >= 0xe000 && r <= 0xf8ff, r == 0xfffd:
			r = '〓'
		case r == 0xfeff, r >= 0x202a && r <= 0x202e, unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t':
			flush()
			continue
		}
		flush()
		if machineDependent(r) {
			b.WriteString(spelled(r))
			continue
		}
		b.WriteRune(r)
	}
	flush()
	return b.String()
}

// spelled writes one machine-dependent character in common ones.
func spelled(r rune) string {
	switch {
	case r >= 0x2460 && r <= 0x2473: // ① is (1), not 1: it counts something
		return "(" + norm.NFKC.String(string(r)) + ")"
	case r == 0x301d || r == 0x301f:
		return `"`
	case r == 0x9ad9:
		return "高"
	case r == 0xfa11:
		return "崎"
	}
	return norm.NFKC.String(string(r))
}
