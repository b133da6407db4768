package compose

import (
	"html"
	"strconv"
	"strings"

	"github.com/kyodaku/kyodaku/internal/compose/merge"
)

// tagged is a text whose merge tags have been replaced by words that Markdown, HTML
// and addresses leave alone. The tags are put back at the end.
type tagged struct {
	text string
	mark string
	tags []merge.Tag
	raw  []string // the tags as written
}

// Words end in one of these: the tag prints, or it steers.
const prints, steers = 'v', 'b'

// protect replaces the tags of a text that has been compiled once, so that they are
// known to be well formed.
func protect(src string) tagged {
	t := tagged{mark: "kdk"}
	for strings.Contains(strings.ToLower(src), t.mark) {
		t.mark += "q"
	}
	tags, err := merge.Scan(src)
	if err != nil {
		tags = nil
	}
	var b strings.Builder
	off := 0
	for i, tag := range tags {
		b.WriteString(src[off:tag.Start])
		b.WriteString(t.mark + strconv.Itoa(i))
		if tag.Block {
			b.WriteByte(steers)
		} else {
			b.WriteByte(prints)
		}
		t.raw = append(t.raw, src[tag.Start:tag.End])
		off = tag.End
	}
	b.WriteString(src[off:])
	t.tags, t.text = tags, b.String()
	return t
}

// origin says where in the source the tag came from that stands at an offset of a
// restored text.
type origin struct {
	off int
	at  merge.Position
}

// restore puts the tags back into what became of the text.
func (t tagged) restore(s string) (string, []origin) {
	var b strings.Builder
	var from []origin
	for {
		i := strings.Index(s, t.mark)
		if i < 0 || len(t.tags) == 0 {
			b.WriteString(s)
			return b.String(), from
		}
		b.WriteString(s[:i])
		s = s[i+len(t.mark):]
		n := 0
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		k, err := strconv.Atoi(s[:n])
		if err != nil || k >= len(t.tags) || n == len(s) {
			b.WriteString(t.mark)
			continue
		}
		from = append(from, origin{b.Len(), t.tags[k].At})
		b.WriteString(t.raw[k])
		s = s[n+1:]
	}
}

// escaped returns src as HTML text or attribute value, its tags untouched.
func escaped(src string) string {
	t := protect(src)
	s, _ := t.restore(html.EscapeString(t.text))
	return s
}

// startsWithTag says whether the protected text begins with a tag that prints.
func (t tagged) startsWithTag(s string) bool {
	if !strings.HasPrefix(s, t.mark) {
		return false
	}
	rest := strings.TrimLeft(s[len(t.mark):], "0123456789")
	return rest != "" && rest[0] == prints
}

// settle gives lines that hold nothing but steering tags their place: alone in a
// paragraph where one of their group touches a block of Markdown, part of the
// paragraph where lines of text surround them.
func (t tagged) settle() string {
	lines := strings.Split(strings.ReplaceAll(t.text, "\r\n", "\n"), "\n")
	group := t.groups()
	apart := map[int]bool{}
	at := func(i int) string {
		if i < 0 || i >= len(lines) {
			return ""
		}
		return strings.TrimSpace(lines[i])
	}
	for i := range lines {
		for _, k := range t.steering(lines[i]) {
			prev, next := i-1, i+1
			for len(t.steering(at(prev))) > 0 {
				prev--
			}
			for len(t.steering(at(next))) > 0 {
				next++
			}
			if startsBlock(at(prev)) || startsBlock(at(next)) {
				apart[group[k]] = true
			}
		}
	}
	var b strings.Builder
	for i, l := range lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		if ks := t.steering(l); len(ks) > 0 && apart[group[ks[0]]] {
			l = "\n" + strings.TrimSpace(l) + "\n"
		}
		b.WriteString(l)
	}
	return b.String()
}

// steering returns the numbers of the tags of a line that holds only steering tags.
func (t tagged) steering(line string) []int {
	var ks []int
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		rest, ok := strings.CutPrefix(line, t.mark)
		digits := rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789"))]
		k, err := strconv.Atoi(digits)
		if !ok || err != nil || len(rest) == len(digits) || rest[len(digits)] != steers {
			return nil
		}
		ks = append(ks, k)
		line = rest[len(digits)+1:]
	}
	return ks
}

// groups numbers the steering tags so that if, else and endif of one condition share a number.
func (t tagged) groups() map[int]int {
	group, open := map[int]int{}, []int{}
	for k, tag := range t.tags {
		word, _, _ := strings.Cut(tag.Inner, " ")
		switch {
		case !tag.Block:
		case word == "if" || word == "for":
			open = append(open, k)
			group[k] = k
		case len(open) > 0:
			group[k] = open[len(open)-1]
			if strings.HasPrefix(word, "end") {
				open = open[:len(open)-1]
			}
		}
	}
	return group
}

// startsBlock says whether a line is empty or begins something other than text.
func startsBlock(line string) bool {
	if line == "" || strings.HasPrefix(line, "```") || strings.HasPrefix(line, "---") {
		return true
	}
	if n := len(line) - len(strings.TrimLeft(line, "0123456789")); n > 0 && n < len(line) && (line[n] == '.' || line[n] == ')') {
		return true
	}
	return strings.IndexByte("#>|", line[0]) >= 0 || len(line) > 1 && strings.IndexByte("-*+", line[0]) >= 0 && line[1] == ' '
}
