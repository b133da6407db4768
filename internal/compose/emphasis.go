package compose

import (
	"unicode"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"golang.org/x/text/width"
)

// wideEmphasis reads * so that **「新茶」**です is bold: CommonMark's rule looks for
// spaces around punctuation, and Japanese has none.
type wideEmphasis struct{}

// Trigger names the characters that begin it.
func (wideEmphasis) Trigger() []byte { return []byte{'*'} }

// IsDelimiter says which bytes belong to a run.
func (wideEmphasis) IsDelimiter(b byte) bool { return b == '*' }

// CanOpenCloser says whether two runs belong together.
func (wideEmphasis) CanOpenCloser(opener, closer *parser.Delimiter) bool {
	return opener.Char == closer.Char
}

// OnMatch makes the node for a pair of runs.
func (wideEmphasis) OnMatch(consumes int) ast.Node { return ast.NewEmphasis(consumes) }

// Parse reads one run of asterisks.
func (e wideEmphasis) Parse(_ ast.Node, block text.Reader, pc parser.Context) ast.Node {
	before := block.PrecendingCharacter()
	line, segment := block.PeekLine()
	run := parser.ScanDelimiter(line, before, 1, e)
	if run == nil {
		return nil
	}
	after := ' '
	for _, r := range string(line[run.OriginalLength:]) {
		after = r
		break
	}
	if wide(before) || wide(after) {
		run.CanOpen, run.CanClose = !unicode.IsSpace(after), !unicode.IsSpace(before)
	}
	run.Segment = segment.WithStop(segment.Start + run.OriginalLength)
	block.Advance(run.OriginalLength)
	pc.PushDelimiter(run)
	return run
}

// wide says whether r takes a full-width cell.
func wide(r rune) bool {
	k := width.LookupRune(r).Kind()
	return k == width.EastAsianWide || k == width.EastAsianFullwidth
}
