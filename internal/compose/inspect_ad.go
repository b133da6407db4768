package compose

import (
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Promotes says whether any advertising is seen, whatever class the message has.
func (i Inspection) Promotes() bool { return i.AdBlocks > 0 || i.Coupon || i.PromoLink }

// offers says whether a text has words of advertising, in whichever width its letters are
// written. Addresses are no words.
func offers(text string) bool {
	return coupon.MatchString(norm.NFKC.String(address.ReplaceAllString(text, "")))
}

// coupon finds offers of a discount and what is only said of what is for sale. What only
// names a price does not count.
var coupon = regexp.MustCompile(`(?i)クーポン|割引(券|コード|クーポン|価格|キャンペーン)|優待(券|価格)|セール(?:[^ス]|$)|特典コード|お買い得|大特価|半額|特別価格|新発売|期間限定|` +
	`キャンペーン(実施|開催|価格)|ポイント\s?[0-9]+倍|\bspecial offer|\blimited[ -]time\b|` +
	`[0-9]+\s?%\s?(off|オフ|引き|割引)|[0-9,]+円\s?(off|オフ|引き|割引)|\bcoupons?\b|\bpromo(tion)?\s?code\b|\bvoucher code\b|\b[0-9]+\s?% off\b|\bsale\b`)

// address finds addresses in a text, whose letters are no words.
var address = regexp.MustCompile(`https?://[^\s<>]+`)

// promotes says whether an address says of itself that it leads to advertising: by a
// step of its path, or by the marks of campaigns.
func promotes(to string) bool {
	u, err := url.Parse(to)
	if err != nil {
		return false
	}
	for step := range strings.SplitSeq(strings.ToLower(u.Path), "/") {
		switch step {
		case "promo", "promotion", "promotions", "sale", "sales", "coupon", "coupons", "campaign", "campaigns", "cp", "lp":
			return true
		}
	}
	q := u.Query()
	return q.Has("utm_campaign") || q.Get("promo") != ""
}
