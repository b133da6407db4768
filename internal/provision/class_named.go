package provision

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// names says whether the recipients that the people were told of (APPI 27(1), 27(5)(iii))
// include a company: as a whole name of the list, for a part of a name is somebody else's.
func (i Items) names(company string) bool {
	list, name := oneWidth(i.Terms.Recipients.Ja), strings.TrimSpace(oneWidth(company))
	if name == "" {
		return false
	}
	for at := 0; ; at++ {
		next := strings.Index(list[at:], name)
		if next < 0 {
			return false
		}
		at += next
		if before, after := list[:at], list[at+len(name):]; begins(before) && ends(after) && !dotted(before, after) {
			return true
		}
	}
}

// shortForms are how companies abbreviate what they are.
var shortForms = strings.NewReplacer("(株)", "株式会社", "(有)", "有限会社", "(同)", "合同会社")

// oneWidth writes a list in one way, whatever the width of its letters.
func oneWidth(text string) string { return shortForms.Replace(norm.NFKC.String(text)) }

// What stands between names. A name may follow a bracket's beginning and be followed by a
// bracket: 当社のグループ会社（株式会社甲、株式会社乙（大阪支店を除く））.
const (
	nameMarks  = "、,・/;。\r\n"
	nameSpaces = " \t"
	openMarks  = "(「『【["
	closeMarks = ")」』】]"
)

// nameWords are the words between names.
func nameWords() []string {
	return []string{"及び", "および", "並びに", "ならびに", "又は", "または", " and ", " or "}
}

// begins says whether a name begins behind a text.
func begins(before string) bool {
	if slices.ContainsFunc(nameWords(), func(w string) bool { return strings.HasSuffix(before, w) }) {
		return true
	}
	last, size := utf8.DecodeLastRuneInString(strings.TrimRight(before, nameSpaces))
	return size == 0 || strings.ContainsRune(nameMarks+openMarks, last)
}

// ends says whether a name ends before a text.
func ends(after string) bool {
	if slices.ContainsFunc(nameWords(), func(w string) bool { return strings.HasPrefix(after, w) }) {
		return true
	}
	first, size := utf8.DecodeRuneInString(strings.TrimLeft(after, nameSpaces))
	return size == 0 || strings.ContainsRune(nameMarks+openMarks+closeMarks, first)
}

// dotted says whether a dot beside a name joins it to more of the same name, as in
// ジョン・スミス: one that stands between two katakana.
func dotted(before, after string) bool {
	b, front := strings.CutSuffix(before, "・")
	a, back := strings.CutPrefix(after, "・")
	last, _ := utf8.DecodeLastRuneInString(b)
	first, _ := utf8.DecodeRuneInString(a)
	return front && unicode.Is(unicode.Katakana, last) || back && unicode.Is(unicode.Katakana, first)
}
