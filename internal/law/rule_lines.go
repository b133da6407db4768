package law

import (
	"strconv"
	"strings"
)

// wrong is what is at fault in a rule, and in which of its fields: "from", or
// "when[1].class" for a fact of its second alternative.
type wrong struct {
	field string
	err   error
}

func (w *wrong) Error() string { return w.err.Error() }
func (w *wrong) Unwrap() error { return w.err }

// fieldLines are the lines on which the fields of a table begin; "" is the table's own.
type fieldLines map[string]int

// of is the line of a field, or of what it stands in where it is not written at all.
func (l fieldLines) of(field string) int {
	for field != "" {
		if line, ok := l[field]; ok {
			return line
		}
		field = field[:max(strings.LastIndexAny(field, ".["), 0)]
	}
	return max(l[""], 1)
}

// layout tells where everything stands in a file of rules, which the decoder of TOML
// does not. It is read with the same eyes for quotes, comments and brackets.
type layout struct {
	top   fieldLines
	rules []fieldLines
}

// lay finds the lines of a file. It ends on any text, and is right for one that is TOML.
func lay(body string) layout {
	s := scanner{text: body, line: 1, layout: layout{top: fieldLines{"": 1}}}
	s.into = s.layout.top
	for s.blank(); s.at < len(s.text); s.blank() {
		from := s.at
		if s.text[s.at] == '[' {
			s.header()
		} else {
			s.pair(s.prefix)
		}
		if s.at == from {
			s.next()
		}
	}
	return s.layout
}

// scanner walks over a text of TOML and notes where fields begin.
type scanner struct {
	text     string
	at, line int
	layout   layout
	// into is the table that fields go to now, prefix what their names begin with there.
	into   fieldLines
	prefix string
	// whens counts the conditions that are written as tables of their own.
	whens int
}

func (s *scanner) next() {
	if s.text[s.at] == '\n' {
		s.line++
	}
	s.at++
}

// blank passes over white space, line ends and comments.
func (s *scanner) blank() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\r', '\n':
			s.next()
		case '#':
			s.upTo("\n")
		default:
			return
		}
	}
}

// upTo passes over everything before the next of some characters.
func (s *scanner) upTo(stops string) {
	for s.at < len(s.text) && !strings.ContainsRune(stops, rune(s.text[s.at])) {
		s.next()
	}
}

// header reads [name] or [[name]].
func (s *scanner) header() {
	line := s.line
	for s.at < len(s.text) && s.text[s.at] == '[' {
		s.next()
		s.blank()
	}
	name := s.key("]\n")
	for s.at < len(s.text) && s.text[s.at] == ']' {
		s.next()
	}
	switch {
	case name == "rule":
		s.into, s.prefix, s.whens = fieldLines{"": line}, "", 0
		s.layout.rules = append(s.layout.rules, s.into)
	case name == "rule.when" && len(s.layout.rules) > 0:
		s.prefix = "when[" + strconv.Itoa(s.whens) + "]"
		s.whens++
		s.into[s.prefix] = line
	default:
		s.into, s.prefix = s.layout.top, name
		s.into[name] = line
	}
}

// pair reads key = value.
func (s *scanner) pair(prefix string) {
	line := s.line
	name := s.key("=\n")
	if s.at >= len(s.text) || s.text[s.at] != '=' {
		return
	}
	s.next()
	if prefix != "" {
		name = prefix + "." + name
	}
	if s.into[name] == 0 {
		s.into[name] = line
	}
	s.value(name)
}

// key reads a name, quoted or not, up to one of the characters that end it.
func (s *scanner) key(stops string) string {
	var b strings.Builder
	for s.at < len(s.text) && !strings.ContainsRune(stops, rune(s.text[s.at])) {
		switch c := s.text[s.at]; c {
		case '"', '\'':
			from := s.at + 1
			s.quoted()
			b.WriteString(strings.TrimSuffix(s.text[from:s.at], string(c)))
		case ' ', '\t', '\r':
			s.next()
		default:
			b.WriteByte(c)
			s.next()
		}
	}
	return b.String()
}

// value passes over a value and notes what stands within it.
func (s *scanner) value(name string) {
	for s.at < len(s.text) && (s.text[s.at] == ' ' || s.text[s.at] == '\t') {
		s.next()
	}
	if s.at == len(s.text) {
		return
	}
	switch s.text[s.at] {
	case '"', '\'':
		s.quoted()
	case '[':
		n := 0
		s.within(']', func() {
			element := name + "[" + strconv.Itoa(n) + "]"
			s.into[element] = s.line
			s.value(element)
			n++
		})
	case '{':
		s.within('}', func() { s.pair(name) })
	default:
		s.upTo(",]}#\n")
	}
}

// within reads what stands between brackets, one piece after another.
func (s *scanner) within(end byte, piece func()) {
	s.next()
	for {
		s.blank()
		switch {
		case s.at == len(s.text):
			return
		case s.text[s.at] == end:
			s.next()
			return
		case s.text[s.at] == ',':
			s.next()
			continue
		}
		from := s.at
		if piece(); s.at == from {
			s.next()
		}
	}
}

// quoted passes over a string, of one line or of many.
func (s *scanner) quoted() {
	mark := s.text[s.at : s.at+1]
	if many := strings.Repeat(mark, 3); strings.HasPrefix(s.text[s.at:], many) {
		mark = many
	}
	for range mark {
		s.next()
	}
	for s.at < len(s.text) && !strings.HasPrefix(s.text[s.at:], mark) {
		if mark[0] == '"' && s.text[s.at] == '\\' && s.at+1 < len(s.text) {
			s.next()
		}
		s.next()
	}
	for range min(len(mark), len(s.text)-s.at) {
		s.next()
	}
	for len(mark) == 3 && s.at < len(s.text) && s.text[s.at] == mark[0] { // up to two marks may stand before the end
		s.next()
	}
}
