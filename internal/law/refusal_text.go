package law

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/width"
)

// What a page or a card declines, and how it declines it, in folded text. Together they
// lean to the side of finding one too many: a person may look again.
const (
	adsJa = `(?:営業|広告|宣伝|販促|セールス|勧誘|売り?込み?|\bdm\b|ダイレクトメール|特定電子メール|迷惑メール|スパム)`
	noJa  = `(?:断り|断る|断って|断わ|おことわり|遠慮|拒否|拒絶|禁止|不可|不要です|控えください|控え下さい|やめください|やめて|固辞|応じかねます|応じません|` +
		`(?:受け?付け|受け?取っ?|受信し|対応し|希望し|許可し|承諾し)(?:て)?(?:おりません|いません|おらず|ません|致しません|いたしません|できません|かねます|ないで))`
	mailEn = `(?:e-?mails?|mails?|mailings?|messages?|communications?|calls?|offers?|contacts?|inquir(?:y|ies)|enquir(?:y|ies)|material)`
	adsEn  = `(?:unsolicited|commercial|advertis\w*|marketing|sales|promotional|bulk|soliciting|solicitation)`
	noEn   = `(?:\bno\b|\bnot\b|n't\b|\bnever\b|prohibit\w*|forbid\w*|declin\w*|refus\w*|reject\w*|unwelcome|unwanted|\bban\w*|object)`
)

// declines are the shapes of a sentence that declines: what and then no, no and then a list
// of what, and the like in English and German.
var declines = [...]*regexp.Regexp{
	regexp.MustCompile(adsJa + `[^。!?|]{0,40}?` + noJa),
	regexp.MustCompile(noJa + `[^。!?|]{0,10}[:「『・●■◆※*-][^。!?|]{0,8}` + adsJa),
	regexp.MustCompile(`\b` + adsEn + `\b[^.!?|]{0,25}\b` + mailEn + `\b[^.!?|]{0,30}` + noEn),
	regexp.MustCompile(noEn + `[^.!?|]{0,30}\b` + adsEn + `\b[^.!?|]{0,25}\b` + mailEn + `\b`),
	regexp.MustCompile(`\bno (?:unsolicited|solicit\w*|spam|advert\w*|marketing|commercial e|sales (?:calls|mail|e-?mail|pitch))|\bdo not (?:solicit|spam|send (?:spam|unsolicited|advert\w*))`),
	regexp.MustCompile(`unsolicited[^.!?|]{0,40}` + noEn + `|` + noEn + ` (?:\w+ ){0,5}unsolicited`),
	regexp.MustCompile(`keine (?:werbung|werbe|unverlangte)|werbung (?:unerwünscht|verboten|untersagt)|widersprochen`),
}

// subjects are parts of what can be declined: a text without any of them needs no closer look.
var subjects = [...]string{
	"営業", "広告", "宣伝", "販促", "セールス", "勧誘", "売", "dm", "ダイレクト", "特定電子", "迷惑", "スパム",
	"unsolicited", "commercial", "advert", "marketing", "sales", "promotional", "bulk", "solicit", "spam", "werb", "widersprochen",
}

// innocent are words that look alike and decline nothing: hours of business, the name of
// the act, how a reader lets mail in or stops the page's own, what the page itself promises.
var innocent = regexp.MustCompile(`営業(?:時間|日|所|部|課|担当|中|年|再開|開始|終了|許可|停止)|広告主|特定電子メール(?:法|の送信の適正化)|` +
	`迷惑メール(?:対策|設定|フォルダ|フィルタ|防止|として|に(?:振|入|分)|扱い|と判定|の(?:設定|受信拒否))|` +
	`受信拒否(?:設定|リスト|機能|(?:は|の方は)?(?:こちら|下記)|(?:を)?(?:ご)?希望|(?:を)?(?:さ|し)て|の(?:方|手続|設定|ご連絡|通知|お手続))|` +
	`\bwe (?:(?:do|will) not|don't|won't|will never|never) (?:send|share|sell|spam)\b|\bnot hesitate\b|\bno later\b|\bnot only\b`)

// DeclinesAds looks for words by which a page or a card declines advertising
// (施行規則2条2項・3条ただし書, rules BASIS-04 and BASIS-08) and says which it found. That
// it finds none proves nothing: pages say it in many ways, and in pictures.
func DeclinesAds(text string) (words string, found bool) {
	text = fold(text)
	if !slices.ContainsFunc(subjects[:], func(s string) bool { return strings.Contains(text, s) }) {
		return "", false
	}
	text = innocent.ReplaceAllString(text, "|")
	for _, shape := range declines {
		if words := shape.FindString(text); words != "" {
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
