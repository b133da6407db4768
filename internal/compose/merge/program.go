package merge

import "strings"

// Bounds of one execution.
const (
	// LoopTurns is how many turns all loops of one execution make together.
	LoopTurns = 1000
	// ValueBytes is how much of one value is written.
	ValueBytes = 10_000
	// maxDepth is how deep loops may nest.
	maxDepth = 4
)

// Values is what one recipient fills in.
type Values struct {
	// Slots are the values of Scope.Slots, in that order. A short slice counts as empty.
	Slots []string
	// Open holds the values below Scope.Open by their key.
	Open map[string]string
	// PlainNames keeps honorifics away: the recipient's language has none of ours.
	PlainNames bool
}

type opcode uint8

const (
	opText   opcode = iota // write text
	opValue                // write a value
	opUnless               // jump if the condition does not hold
	opJump
	opEach // begin a loop
	opNext // next turn, or jump behind the loop
)

type sourceKind uint8

const (
	fromText sourceKind = iota // a literal or a constant
	fromSlot
	fromOpen
	fromLoop
)

type source struct {
	kind  sourceKind
	index int
	text  string // literal, or key
}

type op struct {
	code    opcode
	write   writer
	text    string
	src     source
	filters []filter
	when    condition
	to      int
}

// Program is a compiled text.
type Program struct {
	ops    []op
	points []Point
	lang   string
}

// frame is what a running program knows about its loops.
type frame struct {
	rest, item [maxDepth]string
	turns      int
}

// Append writes the text for one recipient behind dst and returns the longer slice.
func (p *Program) Append(dst []byte, v *Values) []byte {
	var f frame
	for i := 0; i < len(p.ops); i++ {
		o := &p.ops[i]
		switch o.code {
		case opText:
			dst = append(dst, o.text...)
		case opValue:
			dst = p.write(dst, o, v, &f)
		case opUnless:
			if !o.when.holds(o.src.read(v, &f)) {
				i = o.to - 1
			}
		case opJump:
			i = o.to - 1
		case opEach:
			f.rest[o.to] = o.src.read(v, &f)
		case opNext:
			if !f.turn(o.src.index) {
				i = o.to - 1
			}
		}
	}
	return dst
}

// AppendEvery writes every branch of every condition and each loop's body once, one
// behind the other, for those who look for what a text may bring to anybody.
func (p *Program) AppendEvery(dst []byte, v *Values) []byte {
	var f frame
	for i := range p.ops {
		switch o := &p.ops[i]; o.code {
		case opText:
			dst = append(dst, o.text...)
		case opValue:
			dst = p.write(dst, o, v, &f)
		}
	}
	return dst
}

// Static says whether the program writes the same for everybody.
func (p *Program) Static() bool {
	for i := range p.ops {
		if p.ops[i].code != opText {
			return false
		}
	}
	return true
}

func (p *Program) write(dst []byte, o *op, v *Values, f *frame) []byte {
	val := value{head: o.src.read(v, f)}
	for _, flt := range o.filters {
		val = flt.apply(val, p.lang, v.PlainNames)
	}
	if o.write == wURLWhole {
		return o.write.append(dst, val.join())
	}
	dst = o.write.append(dst, val.head)
	if val.tail != "" {
		dst = o.write.append(dst, val.tail)
	}
	return dst
}

func (s *source) read(v *Values, f *frame) string {
	switch s.kind {
	case fromSlot:
		if s.index < len(v.Slots) {
			return v.Slots[s.index]
		}
		return ""
	case fromOpen:
		return v.Open[s.text]
	case fromLoop:
		return f.item[s.index]
	}
	return s.text
}

func (c *condition) holds(s string) bool {
	s = strings.TrimSpace(s)
	if c.compare {
		return (s == c.want) != c.negate
	}
	return s != ""
}

// turn takes the next line that is not empty, if there is one and turns are left.
func (f *frame) turn(depth int) bool {
	for f.rest[depth] != "" && f.turns < LoopTurns {
		line, rest, _ := strings.Cut(f.rest[depth], "\n")
		f.rest[depth] = rest
		if line = strings.TrimSpace(line); line != "" {
			f.item[depth] = line
			f.turns++
			return true
		}
	}
	return false
}
