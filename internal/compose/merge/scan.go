package merge

import (
	"strings"
	"unicode/utf8"

	"github.com/kyodaku/kyodaku/internal/fault"
)

// Position is a place in a text as an editor shows it; both count from one, the
// column in characters.
type Position struct{ Line, Column int }

// Tag is one {{ … }} or {% … %} in a text.
type Tag struct {
	// Start and End are byte offsets; text[Start:End] is the whole tag.
	Start, End int
	// Block is true for {% … %}.
	Block bool
	// Inner is what stands between the braces, without surrounding spaces.
	Inner string
	// At is where the tag begins.
	At Position
}

// maxTag bounds a tag, so that a forgotten "}}" is reported where it was forgotten.
const maxTag = 1000

// Scan finds the tags of a text. A tag that is not closed on its line is an error
// of kind Invalid; its field has no name.
func Scan(text string) ([]Tag, error) {
	var tags []Tag
	place := locator{text: text}
	for off := 0; ; {
		i := strings.IndexByte(text[off:], '{')
		if i < 0 {
			return tags, nil
		}
		start := off + i
		if start+1 >= len(text) || (text[start+1] != '{' && text[start+1] != '%') {
			off = start + 1
			continue
		}
		at := place.at(start)
		end := closing(text, start)
		if end < 0 {
			return nil, problem("", at, "compose.merge.unclosed")
		}
		tags = append(tags, Tag{
			Start: start, End: end, Block: text[start+1] == '%', At: at,
			Inner: strings.TrimSpace(text[start+2 : end-2]),
		})
		off = end
	}
}

// closing returns the offset after the tag that begins at start, or -1. Braces
// inside quotes do not close it.
func closing(text string, start int) int {
	last := byte('}')
	if text[start+1] == '%' {
		last = '%'
	}
	var quote byte
	for i := start + 2; i+1 < len(text) && i-start < maxTag; i++ {
		switch c := text[i]; {
		case c == '\n' || c == '\r':
			return -1
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == last && text[i+1] == '}':
			return i + 2
		}
	}
	return -1
}

// locator turns rising offsets into positions without starting over each time.
type locator struct {
	text      string
	line, bol int
	seen      int
}

func (l *locator) at(off int) Position {
	for {
		i := strings.IndexByte(l.text[l.seen:off], '\n')
		if i < 0 {
			break
		}
		l.line++
		l.seen += i + 1
		l.bol = l.seen
	}
	return Position{Line: l.line + 1, Column: utf8.RuneCountInString(l.text[l.bol:off]) + 1}
}

// problem makes the error of one place in a text.
func problem(field string, at Position, key string, args ...any) *fault.Error {
	return fault.Bad(field, key, append([]any{"Line", at.Line, "Column", at.Column}, args...)...)
}
