package reply

import (
	"regexp/syntax"
	"strings"
)

// leastLiteral is how long a literal must be to tell patterns apart.
const leastLiteral = 3

// needs returns texts of which every match of a pattern holds at least one, in lower
// case; none means that nothing can be said. Looking for them first keeps a hundred
// patterns cheaper than a handful.
func needs(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral:
		if literal := strings.ToLower(string(re.Rune)); len(literal) >= leastLiteral {
			return []string{literal}
		}
	case syntax.OpCapture, syntax.OpPlus:
		return needs(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return needs(re.Sub[0])
		}
	case syntax.OpConcat:
		return rarest(re.Sub)
	case syntax.OpAlternate:
		return needsOfAll(re.Sub)
	}
	return nil
}

// rarest is what the most telling part of a sequence needs: the one whose shortest
// text is longest.
func rarest(parts []*syntax.Regexp) []string {
	var best []string
	for _, p := range parts {
		if n := needs(p); shortest(n) > shortest(best) {
			best = n
		}
	}
	return best
}

// needsOfAll is what one of several branches needs; nothing, if one needs nothing.
func needsOfAll(branches []*syntax.Regexp) []string {
	var all []string
	for _, b := range branches {
		n := needs(b)
		if n == nil {
			return nil
		}
		all = append(all, n...)
	}
	return all
}

func shortest(texts []string) int {
	if len(texts) == 0 {
		return 0
	}
	least := len(texts[0])
	for _, t := range texts[1:] {
		least = min(least, len(t))
	}
	return least
}
