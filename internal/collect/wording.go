package collect

import (
	"regexp"
	"strings"
)

// What a consent wording says besides what it is for: nothing, words that a person must
// look at, or in so many words what the box may not ask.
const (
	saysNothing = "none"
	saysHint    = "hinted"
	saysPlainly = "plain"
)

var (
	// sentenceEnd divides a wording into what can be read by itself.
	sentenceEnd = regexp.MustCompile(`[。．！？!?\n]+|\.(?:\s|$)`)

	// others are companies that are not named (rule COL-04); othersSend has them send.
	others     = regexp.MustCompile(`(?i)(?:関連|提携|グループ)\s*(?:会社|企業|各社|サイト)|\b(?:affiliated?|related|partner|group)\s+(?:sites?|compan(?:y|ies)|businesses)\b|\bour\s+(?:partners|affiliates)\b`)
	othersSend = regexp.MustCompile(`(?i)(?:関連|提携|グループ)\s*(?:会社|企業|各社|サイト)(?:等|など|各社|の各社|の一部)?(?:から|より|が|は|による|もしくは|または|又は)|` +
		`\b(?:from|by)\s+(?:\w+\s+){0,4}?(?:(?:affiliated?|related|partner|group)\s+(?:sites?|compan(?:y|ies)|businesses)|our\s+(?:partners|affiliates))\b|` +
		`\b(?:(?:affiliated?|related|partner|group)\s+(?:sites?|compan(?:y|ies)|businesses)|our\s+(?:partners|affiliates))\s+(?:may|will|can)\b`)

	// companyName is what official names of companies bear.
	companyName = regexp.MustCompile(`(?:株式|有限|合同|合資|合名)会社|(?:社団|財団|医療|学校)法人|(?i:\b(?:inc|ltd|llc|corp|gmbh|k\.k)\b)`)

	// another consent that hides in the first (rule COL-02), and words that ask for it.
	another      = regexp.MustCompile(`(?i)第三者(?:等)?(?:に|へ|への|には|へは)?(?:の)?提供|利用規約|third[ -]part(?:y|ies)|\bterms (?:of|and) `)
	anotherAsked = regexp.MustCompile(`(?i)(?:第三者(?:等)?(?:に|へ|への)?(?:の)?提供|利用規約)[^。]{0,20}?(?:同意|承諾|了承|許可)|` +
		`(?:\bagree|\bconsent|\baccept|\ballow|\bpermit)[^.]{0,60}?(?:third[ -]part(?:y|ies)|\bterms (?:of|and) )|third[ -]part(?:y|ies)[^.]{0,30}?(?:\bagree|\bconsent)`)
	// anotherDenied says that there is none: nothing is provided, the terms are another matter.
	anotherDenied = regexp.MustCompile(`(?i)第三者[^。]{0,8}?提供[^。同意承諾了許可]{0,12}?(?:ません|ないこと|ことなく|せず|ない$)|利用規約(?:と|とは|への同意とは)(?:別|関係|無関係|独立)|` +
		`(?:\bnot\b|\bnever\b|n't\b|\bwithout\b|\bno\b)[^.]{0,40}?third[ -]part(?:y|ies)|\b(?:separate|apart|independent(?:ly)?) (?:from|of) (?:\w+ ){0,2}terms (?:of|and) `)
	// asksEn are English words of consent: a sentence with one is not taken for a denial.
	asksEn = regexp.MustCompile(`(?i)\b(?:agree|consent|accept|allow|permit)`)
)

// vague says whether a wording lets companies send that it does not name. The official
// name of the sender is taken out first: it may itself speak of a group.
func vague(text string, names ...string) string {
	for _, name := range names {
		if name != "" {
			text = strings.ReplaceAll(text, name, "")
		}
	}
	switch {
	case !others.MatchString(text):
		return saysNothing
	case othersSend.MatchString(text) && !companyName.MatchString(text):
		return saysPlainly
	}
	return saysHint
}

// bundles says whether a wording asks for another consent too. That it promises the
// opposite is no hint of it.
func bundles(text string) string {
	out := saysNothing
	for _, sentence := range sentenceEnd.Split(text, -1) {
		switch {
		case !another.MatchString(sentence):
		case anotherDenied.MatchString(sentence) && !asksEn.MatchString(sentence):
		case anotherAsked.MatchString(sentence) && !anotherDenied.MatchString(sentence):
			return saysPlainly
		default:
			out = saysHint
		}
	}
	return out
}
