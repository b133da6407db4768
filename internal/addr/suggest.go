package addr

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// Suggest proposes the mail address that the input was probably meant to be:
// full-width letters, stray spaces, mailto: and brackets are taken off, and a
// domain one or two letters from a common one is put right. ok is false when there
// is nothing better to propose. The person decides: a suggestion is never applied silently.
func Suggest(input string) (suggestion string, ok bool) {
	if len(input) > 4*maxMail || !utf8.ValidString(input) {
		return "", false
	}
	typed, err := ParseMail(input)
	meant := input
	// taroーyamada@ is a valid SMTPUTF8 address that nobody has.
	if cleaned := cleanMail(input); err != nil || typed.NeedsSMTPUTF8() && isASCII(cleaned) {
		meant = cleaned
	}
	local, domain, found := cutLast(meant, "@")
	if !found {
		return "", false
	}
	if near, ok := nearDomain(strings.ToLower(domain)); ok {
		domain = near
	}
	m, err := ParseMail(local + "@" + domain)
	if err != nil || m.Canonical() == typed.Canonical() {
		return "", false
	}
	return m.Display(), true
}

// typedFor holds what a Japanese keyboard, a word processor or a mask against
// robots gives in place of the plain character.
var typedFor = strings.NewReplacer(
	"。", ".", "、", ".", ",", ".", "・", ".", "(at)", "@", "[at]", "@", "★", "@", "☆", "@", "@@", "@",
	"“", "", "”", "", "‘", "", "’", "", "<", "", ">", "", ";", "", ":", "",
)

// dashFor is apart: ー and its like are letters where the rest is Japanese.
var dashFor = strings.NewReplacer("ー", "-", "−", "-", "‐", "-", "‑", "-", "–", "-", "—", "-", "―", "-", "‗", "_")

func cleanMail(s string) string {
	s = width.Fold.String(s)
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || unicode.IsControl(r) {
			return -1
		}
		return r
	}, insideBrackets(s))
	if len(s) > 7 && strings.EqualFold(s[:7], "mailto:") {
		s = insideMailto(s[7:])
	}
	s = strings.Trim(s, `"'`)
	s = typedFor.Replace(s)
	if dashed := dashFor.Replace(s); isASCII(dashed) {
		s = dashed
	}
	local, domain, found := cutLast(s, "@")
	if !found {
		return s
	}
	for strings.Contains(domain, "..") {
		domain = strings.ReplaceAll(domain, "..", ".")
	}
	return local + "@" + strings.Trim(domain, ".-")
}

// insideBrackets takes the address out of "Name <address>".
func insideBrackets(s string) string {
	open := strings.LastIndexByte(s, '<')
	if open < 0 {
		return s
	}
	inner, _, found := strings.Cut(s[open+1:], ">")
	if !found || !strings.Contains(inner, "@") {
		return s
	}
	return inner
}

func insideMailto(s string) string {
	s, _, _ = strings.Cut(s, "?")
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// nearDomain finds the common domain that d probably misses.
func nearDomain(d string) (string, bool) {
	if freemail[d] || realDomains[d] {
		return "", false
	}
	if right, ok := knownMisses[d]; ok {
		return right, true
	}
	best, distance := "", 3
	for _, c := range commonDomains {
		if n := missBy(d, c); n < distance {
			best, distance = c, n
		}
	}
	return best, best != ""
}

// missBy returns how many letters d lies from the common domain, or 3 when that is
// too far to be a slip. Short names have too many neighbours that exist, so two
// letters are let pass only in a long name, or one each in name and ending.
func missBy(d, common string) int {
	dots := 1
	if strings.HasPrefix(common, "i.") {
		dots = 2
	}
	name, ending := cutNth(common, dots)
	typedName, typedEnding := cutNth(d, dots)
	if typedEnding == "" || len(name) < 4 {
		return 3
	}
	inName, inEnding := distance(typedName, name), distance(typedEnding, ending)
	switch {
	case inEnding > 1, inName > 2, inName+inEnding > 2:
		return 3
	case inName == 2 && (len(name) < 6 || typedName == "" || typedName[0] != name[0]):
		return 3
	}
	return inName + inEnding
}

// cutNth cuts s at its nth dot.
func cutNth(s string, n int) (before, after string) {
	at := -1
	for range n {
		next := strings.IndexByte(s[at+1:], '.')
		if next < 0 {
			return s, ""
		}
		at += 1 + next
	}
	return s[:at], s[at+1:]
}

// distance counts insertions, deletions, changes and swaps of neighbours (optimal
// string alignment), in bytes; anything above 2 may be told as 3.
func distance(a, b string) int {
	if len(a) > len(b)+2 || len(b) > len(a)+2 {
		return 3
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			n := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				n = min(n, rows[i-2][j-2]+1)
			}
			rows[i][j] = n
		}
	}
	return rows[len(a)][len(b)]
}
