package addr

import "strings"

var legacyCarriers = []string{"docomo.ne.jp", "ezweb.ne.jp", "au.com"}

// Freemail says whether anybody can get an address at the domain (given in
// A-labels, any case), so that it tells nothing about a company. The list is short and of the
// providers common in Japan and abroad; carriers and access providers are on it. It is part
// of contact.Traits.Kind: whoever changes the list has all people sorted anew, by a migration
// that sets consent_state.person_kind to 0.
func Freemail(domain string) bool { return freemail[strings.ToLower(domain)] }

// commonDomains are what a near miss is compared with, the likeliest first.
var commonDomains = []string{
	"gmail.com", "yahoo.co.jp", "docomo.ne.jp", "softbank.ne.jp", "i.softbank.jp", "ezweb.ne.jp",
	"icloud.com", "hotmail.com", "outlook.com", "outlook.jp", "hotmail.co.jp", "yahoo.ne.jp", "ymobile.ne.jp",
	"yahoo.com", "ybb.ne.jp", "nifty.com", "biglobe.ne.jp", "rakuten.jp", "googlemail.com",
	"excite.co.jp", "live.jp", "live.com", "mineo.jp", "uqmobile.jp", "vodafone.ne.jp",
	"dion.ne.jp", "infoseek.jp", "proton.me", "protonmail.com",
}

// realDomains lie one or two letters from a common one and exist.
var realDomains = set(`
	au.com me.com mac.com aol.com goo.jp gmx.com gmx.net gmx.de msn.com mail.com email.com ymail.com ymail.ne.jp
	rocketmail.com yahoo.ca yahoo.cn yahoo.de yahoo.fr yahoo.co.uk yahoo.co.in yahoo.com.tw yahoo.com.hk outlook.fr
	outlook.de outlook.kr outlook.es hotmail.fr hotmail.de hotmail.it hotmail.es hotmail.co.uk live.fr live.de
	live.nl live.ca live.cn jcom.home.ne.jp jcom.zaq.ne.jp ocn.ne.jp plala.or.jp so-net.ne.jp sannet.ne.jp
	asahi-net.or.jp nifty.ne.jp eonet.ne.jp ctk.ne.jp qq.com 163.com 126.com naver.com daum.net
	pm.me zoho.com fastmail.com yandex.com yandex.ru mail.ru rakuten.co.jp excite.com docomo-cc.net
	rakumail.jp pdx.ne.jp willcom.com emnet.ne.jp disney.ne.jp gmo.jp line.me`)

// knownMisses are the misses that lie too far for counting letters.
var knownMisses = map[string]string{
	"docomo.ne.co.jp": "docomo.ne.jp", "docomo.co.jp": "docomo.ne.jp", "docomo.jp": "docomo.ne.jp",
	"docomo.com": "docomo.ne.jp", "docomo.ne": "docomo.ne.jp", "docomo.en.jp": "docomo.ne.jp",
	"dokomo.co.jp": "docomo.ne.jp", "ezweb.co.jp": "ezweb.ne.jp", "ezweb.jp": "ezweb.ne.jp",
	"ezweb.com": "ezweb.ne.jp", "au.co.jp": "au.com", "au.ne.jp": "au.com", "au.jp": "au.com", "au.co": "au.com",
	"softbank.co.jp": "softbank.ne.jp", "softbank.jp": "i.softbank.jp", "softbank.com": "softbank.ne.jp",
	"i.softbank.ne.jp": "i.softbank.jp", "i.softbank.co.jp": "i.softbank.jp",
	"gmail.co.jp": "gmail.com", "gmail.ne.jp": "gmail.com", "gmail.jp": "gmail.com", "g-mail.com": "gmail.com",
	"gmail": "gmail.com", "gmail.com.jp": "gmail.com", "yahoo.jp": "yahoo.co.jp", "yahoo.co": "yahoo.co.jp",
	"yahoo.com.jp": "yahoo.co.jp", "yahoo": "yahoo.co.jp", "icloud.co.jp": "icloud.com", "icloud.jp": "icloud.com",
	"icloud": "icloud.com", "outlook.co.jp": "outlook.jp", "hotmail.jp": "hotmail.co.jp", "hotmail.ne.jp": "hotmail.co.jp",
}

var freemail = set(strings.Join(commonDomains, " ") + `
	au.com me.com mac.com aol.com aol.jp goo.jp gmx.com gmx.net gmx.de msn.com mail.com email.com ymail.com
	rocketmail.com yahoo.ca yahoo.cn yahoo.de yahoo.fr yahoo.co.uk yahoo.co.in yahoo.com.tw yahoo.com.hk outlook.fr
	outlook.de outlook.kr outlook.es hotmail.fr hotmail.de hotmail.it hotmail.es hotmail.co.uk live.fr live.de live.nl
	live.ca live.cn ocn.ne.jp plala.or.jp so-net.ne.jp jcom.home.ne.jp jcom.zaq.ne.jp eonet.ne.jp nifty.ne.jp
	asahi-net.or.jp qq.com 163.com 126.com naver.com daum.net pm.me zoho.com fastmail.com yandex.com yandex.ru mail.ru
	web.de free.fr orange.fr libero.it pdx.ne.jp willcom.com emnet.ne.jp disney.ne.jp docomo-cc.net`)

// roles are local parts of functions, in English and in the usual romanisation,
// without separators.
var roles = set(`
	info information sales support contact contactus admin administrator webmaster postmaster hostmaster abuse
	security privacy noreply donotreply office hr jobs job career careers recruit recruiting recruitment saiyo saiyou
	press pr kouhou koho media marketing billing accounting accounts invoice invoices keiri soumu somu jinji eigyo
	eigyou toiawase otoiawase inquiry inquiries enquiry help helpdesk service services customer customerservice
	cs customersupport shop store order orders mail email team all everyone staff jimu jimukyoku secretariat
	reception uketsuke reservation reservations yoyaku feedback newsletter news magazine root daemon mailerdaemon
	legal compliance dpo web hello tech dev it system systems kanri honsha daihyo daihyou ir`)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}
