package merge

import (
	"errors"

	"github.com/kyodaku/kyodaku/internal/fault"
)

// command compiles one {% … %}.
func (c *compiler) command(t Tag) *fail {
	ts := tokens(t.Inner)
	if len(ts) == 0 || ts[0].kind != kName {
		return unexpected(ts)
	}
	if c.o.Mode == HTML {
		if f := c.html.between(); f != nil {
			return f
		}
	}
	word, rest := ts[0].text, ts[1:]
	switch word {
	case "if":
		return c.beginIf(t, rest)
	case "for":
		return c.beginFor(t, rest)
	case "elsif", "else":
		return c.branch(word, rest)
	case "endif", "endfor":
		return c.end(word[3:], rest)
	}
	return failed("compose.merge.unknown_command", "Name", word)
}

func (c *compiler) emit(o op) int {
	c.ops = append(c.ops, o)
	return len(c.ops) - 1
}

// land makes jump at index go to the next operation.
func (c *compiler) land(index int) {
	c.ops[index].to = len(c.ops)
	c.barrier = len(c.ops)
}

func (c *compiler) beginIf(t Tag, rest []token) *fail {
	b := block{word: "if", tag: t, start: c.html, words: c.words, test: -1}
	f := c.test(&b, rest)
	c.blocks = append(c.blocks, b) // also after a mistake, so that its endif is not another
	return f
}

// test compiles the condition in front of a branch.
func (c *compiler) test(b *block, ts []token) *fail {
	cond, f := parseCondition(ts)
	if f != nil {
		return f
	}
	src, f := c.resolve(cond.name)
	if f != nil {
		return f
	}
	c.decides(b, src)
	b.test = c.emit(op{code: opUnless, src: src, when: cond})
	return nil
}

func (c *compiler) beginFor(t Tag, rest []token) *fail {
	b := block{word: "for", tag: t, start: c.html, words: c.words, test: -1}
	for _, outer := range c.blocks {
		if outer.word == "for" {
			b.depth++
		}
	}
	f := c.loop(&b, rest)
	c.blocks = append(c.blocks, b)
	return f
}

func (c *compiler) loop(b *block, ts []token) *fail {
	if len(ts) != 3 || ts[0].kind != kName || ts[1] != (token{kName, "in"}) || ts[2].kind != kName {
		return failed("compose.merge.bad_loop")
	}
	if b.depth >= maxDepth {
		return failed("compose.merge.too_deep", "Max", maxDepth)
	}
	src, f := c.resolve(ts[2].text)
	if f != nil {
		return f
	}
	b.name = ts[0].text
	c.decides(b, src)
	c.emit(op{code: opEach, src: src, to: b.depth})
	b.test = c.emit(op{code: opNext, src: source{index: b.depth}})
	c.barrier = len(c.ops)
	return nil
}

// branch ends one branch of an if and begins the next.
func (c *compiler) branch(word string, rest []token) *fail {
	n := len(c.blocks) - 1
	if n < 0 || c.blocks[n].word != "if" || c.blocks[n].bare {
		return failed("compose.merge.no_start", "Name", word)
	}
	b := &c.blocks[n]
	f := c.join(b)
	b.exits = append(b.exits, c.emit(op{code: opJump}))
	if b.test >= 0 {
		c.land(b.test)
		b.test = -1
	}
	c.html = b.start
	b.leads = b.leads || c.words.in
	c.words = b.words
	switch {
	case f != nil:
		return f
	case word == "elsif":
		return c.test(b, rest)
	case len(rest) > 0:
		return unexpected(rest)
	}
	b.bare = true
	return nil
}

// join checks that a branch ends where the others end: a condition that opens an
// element and leaves it open would tear the text behind it.
func (c *compiler) join(b *block) *fail {
	if c.o.Mode != HTML {
		return nil
	}
	if b.end == nil {
		here := c.html
		b.end = &here
		return nil
	}
	if *b.end != c.html {
		return failed("compose.merge.torn", "Name", b.word)
	}
	return nil
}

func (c *compiler) end(word string, rest []token) *fail {
	n := len(c.blocks) - 1
	if n < 0 || c.blocks[n].word != word {
		return failed("compose.merge.no_start", "Name", "end"+word)
	}
	b := c.blocks[n]
	c.blocks = c.blocks[:n]
	c.words.in = c.words.in || b.leads || !b.bare && b.words.in
	f := c.join(&b)
	if f == nil && !b.bare { // the way around all branches is one more branch
		after := c.html
		c.html = b.start
		f = c.join(&b)
		c.html = after
	}
	if word == "for" && b.test >= 0 {
		c.emit(op{code: opJump, to: b.test})
	}
	if b.test >= 0 {
		c.land(b.test)
	}
	for _, i := range b.exits {
		c.land(i)
	}
	if f == nil && len(rest) > 0 {
		f = unexpected(rest)
	}
	return f
}

func fieldsOf(err error) []fault.Field {
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return e.Fields
	}
	return nil
}
