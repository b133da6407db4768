package compose

import (
	"strings"

	"github.com/kyodaku/kyodaku/internal/compose/merge"
)

// letters looks for characters that some devices show as something else
// (機種依存文字) and for those that only the writer's own machine can show (外字).
func (l *linter) letters(f lintField) {
	var dependent, private, invisible []string
	note := func(list *[]string, r rune) {
		if s := string(r); len(*list) < 10 && !strings.Contains(strings.Join(*list, ""), s) {
			*list = append(*list, s)
		}
	}
	for _, r := range f.text {
		switch {
		case r >= 0xe000 && r <= 0xf8ff, r == 0xfffd:
			note(&private, r)
		case machineDependent(r):
			note(&dependent, r)
		case r == 0xfeff, r >= 0x202a && r <= 0x202e, r < ' ' && r != '\n' && r != '\r' && r != '\t':
			note(&invisible, r)
		}
	}
	if len(private) > 0 {
		l.add(Red, ReplaceLetters, f.name, merge.Position{}, "compose.lint.private_characters", "Characters", len(private))
	}
	if len(dependent) > 0 {
		l.add(Amber, ReplaceLetters, f.name, merge.Position{}, "compose.lint.machine_dependent", "Characters", strings.Join(dependent, " "))
	}
	if len(invisible) > 0 {
		l.add(Amber, ReplaceLetters, f.name, merge.Position{}, "compose.lint.invisible_characters", "Characters", len(invisible))
	}
}

// machineDependent names the characters of NEC row 13 and its neighbours, of the
// IBM extension and half-width kana, which old phones and gateways garble.
func machineDependent(r rune) bool {
	switch {
	case r >= 0x2460 && r <= 0x2473, // ①–⑳
		r >= 0x2160 && r <= 0x216b, r >= 0x2170 && r <= 0x217b, // Ⅰ, ⅰ
		r == 0x3231, r == 0x3232, r == 0x3239, // ㈱ ㈲ ㈹
		r >= 0x32a4 && r <= 0x32a8,              // ㊤–㊨
		r >= 0x3303 && r <= 0x33cd, r == 0x32ff, // ㍉ … ㏍, eras
		r == 0x2116, r == 0x2121, r == 0x301d, r == 0x301f, // № ℡ 〝〟
		r >= 0xff61 && r <= 0xff9f, // half-width kana
		r >= 0xfa0e && r <= 0xfa2d, // IBM extension
		r == 0x9ad9:                // 髙
		return true
	}
	return false
}
