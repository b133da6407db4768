package merge

import (
	"slices"
	"strings"

	"github.com/kyodaku/kyodaku/internal/fault"
)

// Mode is what a program writes.
type Mode uint8

// The modes.
const (
	// HTML escapes by place: text, attribute, address.
	HTML Mode = iota
	// Text is the plain part of a mail.
	Text
	// Header is one line; line ends are refused in the text and become spaces in values.
	Header
)

// Scope declares the names a text may use.
type Scope struct {
	// Slots are names whose values are given per recipient, by index.
	Slots []string
	// Constants are names whose values are known when compiling.
	Constants map[string]string
	// Open is a prefix below which keys are looked up per recipient, such as "contact.attr.".
	Open string
	// Keys are the keys allowed below Open; nil allows any.
	Keys []string
}

// Options say how to compile.
type Options struct {
	Mode  Mode
	Scope Scope
	// Lang is the language of dates, "ja" or "en".
	Lang string
	// Field names the text in errors.
	Field string
	// Origin translates a tag's offset to the place a person wrote it; nil means
	// the text itself was written by a person.
	Origin func(offset int) Position
}

// MaxText bounds the size of one text in bytes.
const MaxText = 1 << 20

// Compile reads a text. Errors are of kind Invalid and name field, line and column.
func Compile(text string, o Options) (*Program, error) {
	c := &compiler{o: o, text: text}
	if len(text) > MaxText {
		return nil, problem(o.Field, Position{1, 1}, "compose.merge.too_long")
	}
	tags, err := Scan(text)
	if err != nil {
		return nil, c.rename(err)
	}
	off := 0
	for _, t := range tags {
		c.static(text[off:t.Start], off)
		if c.fatal {
			break
		}
		c.tag(t)
		off = t.End
	}
	if !c.fatal {
		c.static(text[off:], off)
	}
	for _, b := range c.blocks {
		c.note(b.tag.Start, failed("compose.merge.not_ended", "Name", b.word))
	}
	if err := c.wrong.Err(); err != nil {
		return nil, err
	}
	return &Program{ops: c.ops, points: c.points, lang: o.Lang}, nil
}

// block is an if or for that is not ended yet.
type block struct {
	word  string
	tag   Tag
	start context  // where the HTML stood at its beginning
	end   *context // where its branches end; nil before the first has
	test  int      // the jump to patch when the branch ends, or -1
	exits []int    // jumps to the end
	name  string   // loop variable
	depth int
	bare  bool // an else was seen
	asks  source
	words words // where plain text stood at its beginning
	leads bool  // a branch of plain text ended in an address
}

type compiler struct {
	o       Options
	ops     []op
	barrier int // text may not be joined to ops before this one
	html    context
	words   words
	points  []Point
	address int // counts the addresses left behind
	blocks  []block
	wrong   fault.Fields
	fatal   bool // the HTML context is lost
	text    string
}

// rename gives Scan's error our field and the place a person knows.
func (c *compiler) rename(err error) error {
	for _, f := range fieldsOf(err) {
		c.wrong.Add(c.o.Field, f.Key, f.Args...)
	}
	return c.wrong.Err()
}

func (c *compiler) note(off int, f *fail) {
	if f == nil {
		return
	}
	var pos Position
	if c.o.Origin != nil {
		pos = c.o.Origin(off)
	} else {
		pos = (&locator{text: c.text}).at(off)
	}
	e := problem(c.o.Field, pos, f.key, f.args...)
	c.wrong = append(c.wrong, e.Fields...)
}

func (c *compiler) static(s string, off int) {
	if s == "" {
		return
	}
	switch c.o.Mode {
	case HTML:
		if c.html.zone == zValue && strings.IndexByte(s, c.html.quote) >= 0 {
			c.address++
		}
		if f := c.html.feed(s); f != nil {
			c.note(off, f)
			c.fatal = true
		}
	case Text:
		c.follow(s)
	case Header:
		if i := strings.IndexFunc(s, func(r rune) bool { return clean(r) != r }); i >= 0 {
			c.note(off+i, failed("compose.merge.control"))
		}
	}
	c.emitText(s)
}

func (c *compiler) emitText(s string) {
	if n := len(c.ops); n > c.barrier && c.ops[n-1].code == opText {
		c.ops[n-1].text += s
		return
	}
	c.ops = append(c.ops, op{code: opText, text: s})
}

func (c *compiler) tag(t Tag) {
	f := c.output
	if t.Block {
		f = c.command
	}
	c.note(t.Start, f(t))
}

func (c *compiler) output(t Tag) *fail {
	e, f := parseOutput(t.Inner)
	if f != nil {
		return f
	}
	o := op{code: opValue, src: source{text: e.value.text}}
	if e.value.kind == kName {
		if o.src, f = c.resolve(e.value.text); f != nil {
			return f
		}
	}
	encoded, personal := false, o.src.kind != fromText
	for _, call := range e.calls {
		flt, f := call.resolve()
		if f != nil {
			return f
		}
		encoded = flt.kind == fURLEncode
		personal = personal || flt.kind == fHonorific
		o.filters = append(o.filters, flt)
	}
	if o.write, f = c.writer(encoded); f != nil {
		return f
	}
	if personal {
		c.point(o.src, o.write == wURLWhole)
		c.ops = append(c.ops, o)
		return nil
	}
	p := Program{lang: c.o.Lang}
	c.emitText(string(p.write(nil, &o, &Values{}, &frame{})))
	return nil
}

func (c *compiler) writer(encoded bool) (writer, *fail) {
	switch c.o.Mode {
	case HTML:
		return c.html.place(encoded)
	case Header:
		return wHeader, nil
	}
	return wPlain, nil
}

// resolve finds a declared name: loop variables first, the innermost before others.
func (c *compiler) resolve(name string) (source, *fail) {
	for _, b := range slices.Backward(c.blocks) {
		if b.word == "for" && b.name == name {
			return source{kind: fromLoop, index: b.depth}, nil
		}
	}
	if text, ok := c.o.Scope.Constants[name]; ok {
		return source{text: text}, nil
	}
	if i := slices.Index(c.o.Scope.Slots, name); i >= 0 {
		return source{kind: fromSlot, index: i}, nil
	}
	if open := c.o.Scope.Open; open != "" && len(name) > len(open) && strings.HasPrefix(name, open) {
		key := name[len(open):]
		if c.o.Scope.Keys == nil || slices.Contains(c.o.Scope.Keys, key) {
			return source{kind: fromOpen, text: key}, nil
		}
	}
	return source{}, failed("compose.merge.unknown_name", "Name", name)
}
