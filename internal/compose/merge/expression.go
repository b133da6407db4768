package merge

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// kind of a token.
type kind uint8

const (
	kEnd kind = iota
	kName
	kText   // a quoted literal, without quotes
	kNumber // digits
	kSign   // | : , == !=
	kBad
)

type token struct {
	kind kind
	text string
}

// tokens splits the inside of a tag. A character that has no place there yields
// one kBad token with that character.
func tokens(s string) []token {
	var out []token
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimLeft(s, " \t\u3000") {
		t, n := next(s)
		out = append(out, t)
		if t.kind == kBad {
			break
		}
		s = s[n:]
	}
	return out
}

func next(s string) (token, int) {
	r, w := utf8.DecodeRuneInString(s)
	switch {
	case r == '"' || r == '\'':
		end := strings.IndexByte(s[1:], s[0])
		if end < 0 {
			return token{kBad, string(r)}, w
		}
		return token{kText, s[1 : 1+end]}, end + 2
	case strings.HasPrefix(s, "==") || strings.HasPrefix(s, "!="):
		return token{kSign, s[:2]}, 2
	case r == '|' || r == ':' || r == ',':
		return token{kSign, s[:1]}, 1
	case r >= '0' && r <= '9':
		n := run(s, func(r rune) bool { return r >= '0' && r <= '9' })
		return token{kNumber, s[:n]}, n
	case unicode.IsLetter(r) || r == '_':
		n := run(s, nameRune)
		return token{kName, s[:n]}, n
	}
	return token{kBad, string(r)}, w
}

func nameRune(r rune) bool {
	return r == '_' || r == '-' || r == '.' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r)
}

func run(s string, ok func(rune) bool) int {
	for i, r := range s {
		if !ok(r) {
			return i
		}
	}
	return len(s)
}

// call is one filter as written.
type call struct {
	name string
	args []token
}

// expression is a value with its filters: contact.name | default: "x".
type expression struct {
	value token // kName or kText
	calls []call
}

// fail carries a catalogue key and its arguments until the place is known.
type fail struct {
	key  string
	args []any
}

func failed(key string, args ...any) *fail { return &fail{key: key, args: args} }

func unexpected(ts []token) *fail {
	if len(ts) == 0 {
		return failed("compose.merge.incomplete")
	}
	return failed("compose.merge.unexpected", "Found", ts[0].text)
}

// parseOutput reads the inside of {{ … }}.
func parseOutput(inner string) (expression, *fail) {
	ts := tokens(inner)
	if len(ts) == 0 || (ts[0].kind != kName && ts[0].kind != kText) {
		return expression{}, unexpected(ts)
	}
	e := expression{value: ts[0]}
	ts = ts[1:]
	for len(ts) > 0 {
		if ts[0] != (token{kSign, "|"}) {
			return e, unexpected(ts)
		}
		if len(ts) < 2 || ts[1].kind != kName {
			return e, unexpected(ts[1:])
		}
		c := call{name: ts[1].text}
		var f *fail
		if c.args, ts, f = parseArguments(ts[2:]); f != nil {
			return e, f
		}
		e.calls = append(e.calls, c)
	}
	return e, nil
}

// parseArguments reads ": a, b" after a filter's name, if it is there.
func parseArguments(ts []token) (args, rest []token, f *fail) {
	if len(ts) == 0 || ts[0] != (token{kSign, ":"}) {
		return nil, ts, nil
	}
	for {
		ts = ts[1:]
		if len(ts) == 0 || (ts[0].kind != kText && ts[0].kind != kNumber) {
			return nil, nil, unexpected(ts)
		}
		args = append(args, ts[0])
		if ts = ts[1:]; len(ts) == 0 || ts[0] != (token{kSign, ","}) {
			return args, ts, nil
		}
	}
}

// condition is: name, name == "text", name != "text".
type condition struct {
	name    string
	compare bool
	negate  bool
	want    string
}

func parseCondition(ts []token) (condition, *fail) {
	if len(ts) == 0 || ts[0].kind != kName {
		return condition{}, unexpected(ts)
	}
	c := condition{name: ts[0].text}
	if ts = ts[1:]; len(ts) == 0 {
		return c, nil
	}
	if ts[0].kind != kSign || (ts[0].text != "==" && ts[0].text != "!=") {
		return c, unexpected(ts)
	}
	c.compare, c.negate = true, ts[0].text == "!="
	if ts = ts[1:]; len(ts) != 1 || ts[0].kind != kText {
		return c, unexpected(ts)
	}
	c.want = ts[0].text
	return c, nil
}

// Output is one {{ … }} as written, for those who look at texts without running them.
type Output struct {
	Tag
	// Name is the name that is printed; empty for a literal.
	Name string
	// Honorific is true when the filter of that name is applied.
	Honorific bool
	// Fallback is true when an empty value prints something else.
	Fallback bool
}

// Outputs lists the {{ … }} of a text; those that cannot be read are left out.
func Outputs(text string) []Output {
	tags, err := Scan(text)
	if err != nil {
		return nil
	}
	var out []Output
	for _, t := range tags {
		e, f := parseOutput(t.Inner)
		if t.Block || f != nil {
			continue
		}
		o := Output{Tag: t}
		if e.value.kind == kName {
			o.Name = e.value.text
		}
		for _, c := range e.calls {
			o.Honorific = o.Honorific || c.name == "honorific"
			o.Fallback = o.Fallback || c.name == "default" || c.name == "honorific" && len(c.args) == 2
		}
		out = append(out, o)
	}
	return out
}
