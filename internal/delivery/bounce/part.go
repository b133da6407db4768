package bounce

import (
	"bytes"
	"mime"
	"strings"
)

// Limits of what is read of a mail. What is beyond them is not looked at.
const (
	maxMail  = 10 << 20  // octets
	maxDepth = 8         // multiparts within multiparts
	maxParts = 100       // in the whole mail
	maxField = 64 << 10  // octets of a header field
	maxHead  = 2000      // fields of one head
	maxText  = 256 << 10 // octets of a decoded part
	maxWords = 24 << 10  // octets of what is read as a report in words
)

// field is one header field; its value is unfolded and not decoded.
type field struct{ name, value string }

// head is a list of header fields in their order, names in lower case.
type head []field

// get is the value of the first field of a name, "" if there is none.
func (h head) get(name string) string {
	for _, f := range h {
		if f.name == name {
			return f.value
		}
	}
	return ""
}

// has says whether there is a field of that name.
func (h head) has(name string) bool {
	for _, f := range h {
		if f.name == name {
			return true
		}
	}
	return false
}

// part is a mail or a part of one. body is the raw text behind the head.
type part struct {
	head   head
	kind   string // media type in lower case
	params map[string]string
	body   []byte
	parts  []*part
}

// is says whether the media type is one of those named.
func (p *part) is(kinds ...string) bool {
	for _, k := range kinds {
		if p.kind == k {
			return true
		}
	}
	return false
}

// reader counts what is left of the limits.
type reader struct{ parts int }

// readMail takes a mail apart. It never fails: what is broken is read as far as it goes.
func readMail(raw []byte) *part {
	if len(raw) > maxMail {
		raw = raw[:maxMail]
	}
	raw = bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n"))
	raw = bytes.ReplaceAll(raw, []byte("\r"), []byte("\n"))
	raw = bytes.TrimLeft(raw, "\n")
	if bytes.HasPrefix(raw, []byte("From ")) { // a mailbox file's line
		_, raw, _ = bytes.Cut(raw, []byte("\n"))
	}
	r := reader{parts: maxParts}
	return r.read(raw, 0, "text/plain")
}

func (r *reader) read(raw []byte, depth int, kind string) *part {
	r.parts--
	p := &part{kind: kind}
	p.head, p.body = splitHead(raw)
	if text := p.head.get("content-type"); text != "" {
		p.kind, p.params = mediaType(text, kind)
	}
	if !strings.HasPrefix(p.kind, "multipart/") || depth >= maxDepth {
		return p
	}
	inner := "text/plain"
	if p.kind == "multipart/digest" {
		inner = "message/rfc822"
	}
	for _, section := range sections(p.body, boundary(p)) {
		if r.parts <= 0 {
			break
		}
		p.parts = append(p.parts, r.read(section, depth+1, inner))
	}
	return p
}

// mediaType reads a Content-Type, also one that breaks the rules.
func mediaType(text, fallback string) (string, map[string]string) {
	kind, params, err := mime.ParseMediaType(text)
	if err == nil {
		return kind, params
	}
	rest := strings.Split(text, ";")
	kind = strings.ToLower(strings.TrimSpace(rest[0]))
	if !strings.Contains(kind, "/") {
		kind = fallback
	}
	params = map[string]string{}
	for _, s := range rest[1:] {
		name, value, ok := strings.Cut(s, "=")
		if ok {
			params[strings.ToLower(strings.TrimSpace(name))] = strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
	return kind, params
}

// boundary is what divides a multipart. Where the head does not say, the first line
// that looks like one is taken.
func boundary(p *part) string {
	if b := p.params["boundary"]; b != "" {
		return b
	}
	for line := range bytes.Lines(p.body) {
		if b, ok := bytes.CutPrefix(bytes.TrimRight(line, " \t\n"), []byte("--")); ok && len(b) > 0 {
			return string(b)
		}
	}
	return ""
}

// sections divides the body of a multipart. One that is not closed ends with the text.
func sections(body []byte, boundary string) [][]byte {
	if boundary == "" {
		return nil
	}
	mark := []byte("--" + boundary)
	var out [][]byte
	begin, at := -1, 0
	for line := range bytes.Lines(body) {
		from := at
		at += len(line)
		rest, ok := bytes.CutPrefix(line, mark)
		if !ok {
			continue
		}
		rest = bytes.TrimRight(rest, " \t\n")
		if len(rest) > 0 && string(rest) != "--" {
			continue
		}
		if begin >= 0 {
			out = append(out, bytes.TrimSuffix(body[begin:from], []byte("\n")))
		}
		begin = at
		if len(rest) > 0 || len(out) >= maxParts {
			return out
		}
	}
	if begin >= 0 {
		out = append(out, body[begin:])
	}
	return out
}

// splitHead reads header fields up to the empty line, or to the first line that is
// no field: then the body begins there.
func splitHead(raw []byte) (head, []byte) {
	var h head
	for len(raw) > 0 {
		line, rest, _ := bytes.Cut(raw, []byte("\n"))
		switch {
		case len(bytes.TrimRight(line, " \t")) == 0:
			return h, rest
		case line[0] == ' ' || line[0] == '\t':
			if len(h) == 0 {
				return h, raw
			}
			if last := &h[len(h)-1]; len(last.value)+len(line) < maxField {
				last.value += " " + strings.TrimSpace(string(line))
			}
		default:
			name, value, ok := bytes.Cut(line, []byte(":"))
			name = bytes.TrimRight(name, " \t")
			if !ok || !isFieldName(name) || len(h) >= maxHead {
				return h, raw
			}
			h = append(h, field{strings.ToLower(string(name)), strings.TrimSpace(string(value[:min(len(value), maxField)]))})
		}
		raw = rest
	}
	return h, nil
}

func isFieldName(b []byte) bool {
	for _, c := range b {
		if c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return len(b) > 0 && len(b) <= 80
}
