package reply

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode"
)

// pattern is a rule's text, taken apart so that asking a hundred of them stays cheap:
// each branch is only run on texts that hold the literals without which it cannot match.
type pattern []branch

type branch struct {
	need need
	re   *regexp.Regexp
}

// parsePattern reads RE2 for folded texts; letter case does not matter.
func parsePattern(text string) (pattern, error) {
	// Compiled as a whole first, for the limits that regexp sets.
	if _, err := regexp.Compile(text); err != nil {
		return nil, fmt.Errorf("text: %w", err)
	}
	tree, err := syntax.Parse(text, syntax.Perl|syntax.FoldCase)
	if err != nil {
		return nil, fmt.Errorf("text: %w", err)
	}
	lower(tree)
	branches := []*syntax.Regexp{tree}
	if tree.Op == syntax.OpAlternate {
		branches = tree.Sub
	}
	var p pattern
	for _, b := range branches {
		re, err := regexp.Compile(b.String())
		if err != nil {
			return nil, fmt.Errorf("text: %w", err)
		}
		p = append(p, branch{need: needOf(b), re: re})
	}
	return p, nil
}

// matches says whether a folded text holds the pattern.
func (p pattern) matches(said string) bool {
	for i := range p {
		if p[i].need.met(said) && p[i].re.MatchString(said) {
			return true
		}
	}
	return false
}

// lower takes the folding out of literals: folded texts are in lower case, and exact
// literals are found far faster.
func lower(re *syntax.Regexp) {
	if re.Op == syntax.OpLiteral && re.Flags&syntax.FoldCase != 0 {
		for i, c := range re.Rune {
			re.Rune[i] = unicode.ToLower(c)
		}
		re.Flags &^= syntax.FoldCase
	}
	for _, sub := range re.Sub {
		lower(sub)
	}
}

// leastLiteral is how long a literal must be to be worth looking for.
const leastLiteral = 3

// need is what a text must hold to have a chance. The zero value needs nothing.
type need struct {
	literal string
	all     []need
	any     []need
}

func (n need) nothing() bool { return n.literal == "" && n.all == nil && n.any == nil }

func (n need) met(said string) bool {
	if n.literal != "" {
		return strings.Contains(said, n.literal)
	}
	for i := range n.all {
		if !n.all[i].met(said) {
			return false
		}
	}
	for i := range n.any {
		if n.any[i].met(said) {
			return true
		}
	}
	return n.any == nil
}

// needOf reads what every match of an expression holds.
func needOf(re *syntax.Regexp) need {
	switch re.Op {
	case syntax.OpLiteral:
		if len(re.Rune) >= leastLiteral || len(string(re.Rune)) >= leastLiteral {
			return need{literal: string(re.Rune)}
		}
	case syntax.OpCapture, syntax.OpPlus:
		return needOf(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return needOf(re.Sub[0])
		}
	case syntax.OpConcat:
		return needAll(re.Sub)
	case syntax.OpAlternate:
		return needAny(re.Sub)
	}
	return need{}
}

// needAll is what a sequence needs. A short beginning before a choice is put back to
// its ends, from which the parser took it: "s(pam|orbs)" needs "spam" or "sorbs".
func needAll(parts []*syntax.Regexp) need {
	var all []need
	for i, p := range parts {
		n := needOf(p)
		if i > 0 && parts[i-1].Op == syntax.OpLiteral && p.Op == syntax.OpAlternate {
			n = needJoined(string(parts[i-1].Rune), p.Sub)
		}
		if !n.nothing() {
			all = append(all, n)
		}
	}
	switch len(all) {
	case 0:
		return need{}
	case 1:
		return all[0]
	}
	return need{all: all}
}

// needJoined is what a choice needs whose branches all follow the same literal.
func needJoined(first string, branches []*syntax.Regexp) need {
	joined := make([]*syntax.Regexp, len(branches))
	for i, b := range branches {
		parts := []*syntax.Regexp{b}
		if b.Op == syntax.OpConcat {
			parts = b.Sub
		}
		if parts[0].Op != syntax.OpLiteral {
			return needAny(branches)
		}
		whole := &syntax.Regexp{Op: syntax.OpLiteral, Rune: append([]rune(first), parts[0].Rune...)}
		joined[i] = &syntax.Regexp{Op: syntax.OpConcat, Sub: append([]*syntax.Regexp{whole}, parts[1:]...)}
	}
	return needAny(joined)
}

// needAny is what one of several branches needs; nothing, if one of them needs nothing.
func needAny(branches []*syntax.Regexp) need {
	var n need
	for _, b := range branches {
		one := needOf(b)
		if one.nothing() {
			return need{}
		}
		n.any = append(n.any, one)
	}
	return n
}
