package merge

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// filterKind names what a filter does; Filters lists them for people.
type filterKind uint8

const (
	fDefault filterKind = iota
	fHonorific
	fUpcase
	fDowncase
	fDate
	fEscape
	fURLEncode
	fTruncate
)

type filter struct {
	kind filterKind
	a, b string
	n    int
}

// shape is what arguments a filter takes.
type shape struct {
	kind     filterKind
	min, max int
	arg      kind
}

func shapeOf(name string) (shape, bool) {
	switch name {
	case "default":
		return shape{fDefault, 1, 1, kText}, true
	case "honorific":
		return shape{fHonorific, 1, 2, kText}, true
	case "upcase":
		return shape{kind: fUpcase}, true
	case "downcase":
		return shape{kind: fDowncase}, true
	case "date":
		return shape{fDate, 1, 1, kText}, true
	case "escape":
		return shape{kind: fEscape}, true
	case "url_encode":
		return shape{kind: fURLEncode}, true
	case "truncate":
		return shape{fTruncate, 1, 1, kNumber}, true
	}
	return shape{}, false
}

func (c call) resolve() (filter, *fail) {
	s, ok := shapeOf(c.name)
	if !ok {
		return filter{}, failed("compose.merge.unknown_filter", "Name", c.name)
	}
	wrong := failed("compose.merge.bad_arguments", "Name", c.name)
	if len(c.args) < s.min || len(c.args) > s.max {
		return filter{}, wrong
	}
	f := filter{kind: s.kind}
	for i, a := range c.args {
		if a.kind != s.arg {
			return filter{}, wrong
		}
		if i == 0 {
			f.a = a.text
		} else {
			f.b = a.text
		}
	}
	if s.arg == kNumber {
		n, err := strconv.Atoi(f.a)
		if err != nil || n < 1 || n > ValueBytes {
			return filter{}, wrong
		}
		f.n = n
	}
	if f.kind == fDate && !validDateFormat(f.a) {
		return filter{}, failed("compose.merge.bad_date_format", "Format", f.a)
	}
	return f, nil
}

// value is a text in two pieces, so that a name with its honorific need not be
// joined before it is written.
type value struct{ head, tail string }

func (v value) join() string {
	if v.tail == "" {
		return v.head
	}
	return v.head + v.tail
}

func (f filter) apply(v value, lang string, plainNames bool) value {
	switch f.kind {
	case fDefault:
		if strings.TrimSpace(v.head) == "" && v.tail == "" {
			return value{head: f.a}
		}
		return v
	case fHonorific:
		return f.honour(v, plainNames)
	case fUpcase:
		return value{head: strings.ToUpper(v.join())}
	case fDowncase:
		return value{head: strings.ToLower(v.join())}
	case fDate:
		return value{head: formatDate(v.join(), f.a, lang)}
	case fURLEncode:
		return value{head: string(appendEscapedURL(nil, v.join(), queryByte))}
	case fTruncate:
		return value{head: truncate(v.join(), f.n)}
	}
	return v
}

// honour puts the honorific behind a name. Without a name there is only the
// fallback, never a lonely 様; a name that already carries it is left alone.
func (f filter) honour(v value, plainNames bool) value {
	name := strings.TrimSpace(v.join())
	switch {
	case name == "":
		return value{head: f.b}
	case plainNames || strings.HasSuffix(name, f.a):
		return value{head: name}
	}
	return value{head: name, tail: f.a}
}

// truncate keeps at most n characters, the last of them an ellipsis if any is lost.
func truncate(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	end := 0
	for i := range s {
		if n--; n == 0 {
			end = i
			break
		}
	}
	return s[:end] + "…"
}
