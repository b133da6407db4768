package reply

import "strings"

// mostWords is how many words of an answer tell its cause.
const mostWords = 40

// masked stands for everything that is not a word of the trade.
const masked = "*"

// Normalise brings an answer's text into a shape in which equal causes are equal: the
// words that servers use, statuses such as 5.1.1 and upper-case marks such as [TSS04]
// stay; ids, addresses, names, times, links and all other words become "*". So it
// holds no personal data, by construction: a name is not among the words.
func Normalise(text string) string {
	if len(text) > mostText {
		text = text[:mostText]
	}
	var out []string
	for word := range strings.FieldsSeq(text) {
		if len(out) >= mostWords {
			break
		}
		for _, part := range known(word) {
			if part != masked || len(out) == 0 || out[len(out)-1] != masked {
				out = append(out, part)
			}
		}
	}
	return strings.Join(out[:min(len(out), mostWords)], " ")
}

// known is what may be kept of one word.
func known(word string) []string {
	if mark := strings.TrimRight(word, ",;:."); isMark(mark) {
		return []string{mark}
	}
	word = strings.Trim(word, "<>()[]{}\"',;:.!?#-=…")
	if word == "" {
		return nil
	}
	if isStatus(word) {
		return []string{word}
	}
	word = strings.ToLower(strings.ReplaceAll(word, "’", "'"))
	if strings.ContainsAny(word, "@./\\_=:0123456789") {
		return []string{masked}
	}
	var parts []string
	for part := range strings.SplitSeq(word, "-") {
		if !vocabulary[part] {
			return []string{masked}
		}
		parts = append(parts, part)
	}
	return parts
}

// isMark tells a provider's mark in square brackets: upper-case letters and a number.
func isMark(word string) bool {
	inner, open := strings.CutPrefix(word, "[")
	inner, closed := strings.CutSuffix(inner, "]")
	if !open || !closed || len(inner) < 3 || len(inner) > 7 {
		return false
	}
	digits := strings.TrimLeft(inner, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
	return len(digits) > 0 && len(digits) < len(inner) && len(digits) <= 4 && strings.Trim(digits, "0123456789") == ""
}

// isStatus tells an RFC 3463 status.
func isStatus(word string) bool {
	s, err := parseStatuses(word)
	return err == nil && !strings.ContainsAny(word, "*-") && s[0] != anything && (s[0].low == 4 || s[0].low == 5)
}
