package config

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// nearest finds the known name that was probably meant, or "". A name in the
// wrong table, or written with hyphens or capitals, is near whatever its length.
func nearest(name string, known []string) string {
	if len(name) > 100 {
		return ""
	}
	best, least := "", len(name)/3+1
	for _, k := range known {
		if plainName(lastWord(k)) == plainName(lastWord(name)) {
			return k
		}
		if n := distance(plainName(name), plainName(k)); n < least {
			best, least = k, n
		}
	}
	return best
}

func lastWord(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

func plainName(name string) string {
	return strings.NewReplacer("-", "_", ".", "_").Replace(strings.ToLower(name))
}

// distance counts the letters to insert, delete or change between two names.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// printable makes a name from outside fit for a terminal.
func printable(s string) string {
	if len(s) > 200 {
		s = s[:200]
	}
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
}
