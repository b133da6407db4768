package kana

import (
	"strings"
	"unicode"
)

// Spelled says whether a name or its reading is written in kana: nobody but the Japanese
// does. Chinese characters alone say nothing.
func Spelled(name string) bool {
	return strings.ContainsFunc(name, func(r rune) bool { return unicode.In(r, unicode.Hiragana, unicode.Katakana) })
}
