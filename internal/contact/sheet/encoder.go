package sheet

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/transform"
)

// Loss is a character that the encoding of a file does not have. In the file 〓
// (U+3013) stands for it, as Japanese print has always done.
type Loss struct {
	Char rune
	// Count is how often it was met, and Row the first record with it; the header is 1.
	Count, Row int
}

const geta = "〓"

// sameInCP932 leads from characters that Windows-31J codes under another name to
// those (product research 7.6): they look the same, and nothing is lost.
var sameInCP932 = strings.NewReplacer("〜", "～", "−", "－", "—", "―", "‖", "∥", "¥", "￥", "¢", "￠", "£", "￡", "¬", "￢")

// encoder turns UTF-8 into an encoding and remembers what got lost.
type encoder struct {
	encoding    Encoding
	transformer transform.Transformer // nil for UTF-8
	losses      map[rune]*Loss
}

func newEncoder(e Encoding) *encoder {
	c := &encoder{encoding: e, losses: map[rune]*Loss{}}
	if e > UTF8BOM {
		c.transformer = e.coding().NewEncoder()
	}
	return c
}

// prepare exchanges what the encoding has under another name.
func (c *encoder) prepare(cell string) string {
	switch c.encoding {
	case CP932, EUCJP, ISO2022JP:
		return sameInCP932.Replace(cell)
	}
	return cell
}

// append adds text of record row to dst. The text ends where an escape sequence may.
func (c *encoder) append(dst, text []byte, row int) []byte {
	if c.transformer == nil {
		return append(dst, text...)
	}
	for {
		dst = slices.Grow(dst, 2*len(text)+16)
		n, used, err := c.transformer.Transform(dst[len(dst):cap(dst)], text, true)
		dst, text = dst[:len(dst)+n], text[used:]
		switch {
		case err == nil:
			return dst
		case errors.Is(err, transform.ErrShortDst):
		default:
			r, size := utf8.DecodeRune(text)
			c.lose(r, row)
			dst, text = c.append(dst, []byte(geta), row), text[size:]
		}
	}
}

func (c *encoder) lose(r rune, row int) {
	if l, ok := c.losses[r]; ok {
		l.Count++
		return
	}
	c.losses[r] = &Loss{Char: r, Count: 1, Row: row}
}

// list returns the losses in the order in which they were first met.
func (c *encoder) list() []Loss {
	list := make([]Loss, 0, len(c.losses))
	for _, r := range slices.Sorted(maps.Keys(c.losses)) {
		list = append(list, *c.losses[r])
	}
	slices.SortStableFunc(list, func(a, b Loss) int { return a.Row - b.Row })
	return list
}
