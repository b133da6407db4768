package law

import (
	"strings"

	"golang.org/x/text/width"
)

// refusalTexts are the ways in which pages and cards decline advertising, folded by
// fold. They lean to the side of finding one too many: a person may look again.
var refusalTexts = [...]string{
	"営業メールお断り", "営業メールはお断り", "営業のメールはお断り", "営業メールはご遠慮", "営業メールの送信はお断り", "営業目的のメールはお断り",
	"営業目的でのご連絡はお断り", "営業目的のご連絡はお断り", "営業・勧誘", "営業や勧誘", "営業、勧誘", "勧誘メールはお断り", "セールスお断り", "セールスはお断り",
	"セールスメールお断り", "営業電話・メール", "広告お断り", "広告はお断り", "広告メールお断り", "広告メールはお断り", "広告宣伝メール", "広告・宣伝メール",
	"宣伝メールお断り", "宣伝メールはお断り", "特定電子メールの送信を拒否", "特定電子メールの受信を拒否", "特定電子メールの送信はお断り", "迷惑メールお断り",
	"ダイレクトメールお断り", "ダイレクトメールはお断り", "営業お断り", "営業はお断り",
	"no unsolicited", "no solicit", "no advertising", "no marketing", "no commercial e", "no spam", "no sales", "do not send unsolicited",
	"do not send advert", "unsolicited e-mail is not", "unsolicited email is not", "unsolicited mail is not", "not accept unsolicited",
	"not wish to receive unsolicited", "keine werbung", "widersprochen",
}

// DeclinesAds looks for words by which a page or a card declines advertising
// (施行規則2条2項・3条ただし書, rules BASIS-04 and BASIS-08) and says which it found.
func DeclinesAds(text string) (words string, found bool) {
	text = fold(text)
	for _, words := range refusalTexts {
		if strings.Contains(text, words) {
			return words, true
		}
	}
	return "", false
}

// fold brings widths, cases, spaces and line breaks to one shape. Between Japanese
// letters there are no spaces to keep.
func fold(text string) string {
	text = strings.ToLower(width.Fold.String(text))
	var b strings.Builder
	b.Grow(len(text))
	gap, last := false, rune(0)
	for _, r := range text {
		if r == ' ' || r == '\t' || r == '\n' || r == '\r' || r == '\u3000' || r == '\u00a0' {
			gap = true
			continue
		}
		if gap && last < 0x80 && r < 0x80 && last != 0 {
			b.WriteByte(' ')
		}
		gap, last = false, r
		b.WriteRune(r)
	}
	return b.String()
}
