package merge

import "strings"

// Point is what makes an address of a letter differ from reader to reader: a value
// that is written into it, or a condition that decides about a part of it.
type Point struct {
	// Element and Attribute are where the address stands; both are empty for one that
	// stands in plain text, where a reader's program finds it.
	Element, Attribute string
	// Slot is the name of the slot that it depends on, "" for keys and loops.
	Slot string
	// Whole says that the address begins with the value.
	Whole bool
	// Address tells points of one address from those of another.
	Address int
}

// Points lists everything that makes addresses differ, in every branch of the text's conditions
// and whatever anybody's values are. An address that a condition shows or leaves out
// as a whole is the same for all who see it, and so is one to write or to call to.
func (p *Program) Points() []Point { return p.points }

// point notes a value or a condition if it stands in an address.
func (c *compiler) point(src source, whole bool) {
	if src.kind == fromText {
		return
	}
	p := Point{Whole: whole, Address: c.address}
	switch {
	case c.o.Mode == HTML && c.html.zone == zValue && c.html.url != notURL && c.html.url != urlAside:
		p.Element, p.Attribute = c.html.tag, c.html.attr
	case c.o.Mode != Text || !c.words.in:
		return
	}
	if src.kind == fromSlot {
		p.Slot = c.o.Scope.Slots[src.index]
	}
	c.points = append(c.points, p)
}

// decides notes what a block asks. In plain text only what comes next tells whether it
// is about an address or follows one.
func (c *compiler) decides(b *block, src source) {
	b.asks = src
	if c.o.Mode == HTML {
		c.point(src, false)
	}
}

// follow moves over plain text.
func (c *compiler) follow(s string) {
	if n := len(c.blocks) - 1; n >= 0 && c.blocks[n].words.in && c.words.in && addressByte(s[0]) {
		c.point(c.blocks[n].asks, false)
	}
	if c.words.feed(s) {
		c.address++
	}
}

// words follows plain text as a reader's program does that makes links of addresses.
type words struct {
	// in says that the text stands in an address.
	in bool
	// tail is the end of the word so far, while it is none.
	tail string
}

// longestMark is the length of what makes a word an address, in octets.
const longestMark = len("https://")

// feed moves over a text and says whether a word ended.
func (w *words) feed(s string) (ended bool) {
	if i := strings.LastIndexFunc(s, func(r rune) bool { return r >= 0x80 || !addressByte(byte(r)) }); i >= 0 {
		ended, s = true, s[i:]
		for s != "" && (s[0] >= 0x80 || !addressByte(s[0])) {
			s = s[1:]
		}
		*w = words{}
	}
	if w.in {
		return ended
	}
	word := strings.ToLower(w.tail + s)
	w.in = strings.Contains(word, "http://") || strings.Contains(word, "https://") || strings.Contains(word, "www.")
	w.tail = word[max(0, len(word)-longestMark):]
	return ended
}

// addressByte says whether an octet may stand in an address in plain text.
func addressByte(c byte) bool { return urlByte(c) || c == '&' || c == '\'' }
