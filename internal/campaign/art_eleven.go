package campaign

import (
	"net/url"
	"regexp"
	"strings"
)

var (
	// webLink is a link as the text part has it, "words <https://…>" or by itself.
	webLink = regexp.MustCompile(`<?(https?://[^\s<>）)」』、。]+)>?`)
	// sentenceMark ends what can be read together with a link.
	sentenceMark = regexp.MustCompile(`[。！？!?]|\. `)
	// theAct names the act as the words of a link do: its statement, or the act alone.
	theAct = regexp.MustCompile(`(?:特定商取引(?:に関する)?法(?:律)?|特商法)(?:[^。]{0,12}(?:表示|表記|表|記載|事項|ページ|情報|項目)|[\s」』】）):：→▶-]*$)|(?i:specified commercial transactions)`)
	// denied says that there is none.
	denied = regexp.MustCompile(`ません|しない|ない$|不要|対象外|適用外|省略|未掲載|準備中|(?i:\bnot\b|n't\b|\bno\b)`)
	// actPath is how addresses name the page.
	actPath = regexp.MustCompile(`(?i)tokusho|tokutei[-_]?sh?y?o|specified[-_]?commercial|commercial[-_]?(?:transaction|disclosure)|\b(?:scta|asct)\b|特商|特定商取引`)
	// actItems are items of Article 11 as a message writes them out.
	actItems = [...]*regexp.Regexp{
		regexp.MustCompile(`販売(?:業者|事業者|者)|(?i:\bseller\b)`), regexp.MustCompile(`販売価格|商品代金|(?i:\bprices?\b)`), regexp.MustCompile(`送料|(?i:shipping|delivery (?:fee|charge|cost))`),
		regexp.MustCompile(`支払|(?i:payment)`), regexp.MustCompile(`引渡|引き渡し|お届け|発送|(?i:delivery (?:date|time))`), regexp.MustCompile(`返品|返金|交換|キャンセル|解除|(?i:returns?\b|refunds?|cancell?ation)`),
	}
)

// sellerItems is how many kinds of actItems a message must write out to need no link.
const sellerItems = 5

// tellsSeller says whether a text holds the items of SCTA 11, or a link to them: one whose
// words name the act, or whose address does. That somebody writes of the act, or has a page
// of legal matters, is neither.
func tellsSeller(text string) bool {
	for block := range strings.SplitSeq(text, "\n\n") {
		from := 0
		for _, at := range webLink.FindAllStringSubmatchIndex(block, -1) {
			words := lastSentence(block[from:at[0]])
			from = at[1]
			rest := sentenceMark.Split(block[at[1]:], 2)[0]
			if i := strings.IndexByte(rest, '\n'); i >= 0 {
				rest = rest[:i]
			}
			if !denied.MatchString(words) && !denied.MatchString(rest) && (theAct.MatchString(words) || actPath.MatchString(pathOf(block[at[2]:at[3]]))) {
				return true
			}
		}
	}
	return writesItems(text)
}

// lastSentence is what stands before a link without a full stop between.
func lastSentence(text string) string {
	all := sentenceMark.Split(strings.TrimSpace(text), -1)
	return strings.TrimSpace(all[len(all)-1])
}

// pathOf is the path and the fragment of an address, as people read them.
func pathOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Path + "#" + u.Fragment
}

func writesItems(text string) bool {
	n := 0
	for _, item := range actItems {
		if item.MatchString(text) {
			n++
		}
	}
	return n >= sellerItems && theAct.MatchString(text)
}
