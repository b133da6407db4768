package contact

import (
	"fmt"
	"testing"

	"github.com/kyodaku/kyodaku/internal/addr"
)

func TestGeneratedAddressesAreRecognised(t *testing.T) {
	t.Parallel()
	many := func(n int, name func(i int) string) (list []string) {
		for i := range n {
			list = append(list, name(i))
		}
		return list
	}
	families := []string{"sato", "suzuki", "takahashi", "tanaka", "ito", "watanabe", "yamamoto", "nakamura", "kobayashi", "kato"}
	for name, c := range map[string]struct {
		mails []string
		low   float64
		high  float64
	}{
		"counted up at a carrier": {many(40, func(i int) string { return fmt.Sprintf("user%04d@docomo.ne.jp", i) }), 1, 1},
		"letters counted up":      {many(26, func(i int) string { return "aa" + string(rune('a'+i)) + "@example.jp" }), 1, 1},
		"the dictionary everywhere": {many(60, func(i int) string {
			return []string{"info", "sales", "contact", "support", "admin", "office", "mail", "webmaster", "postmaster", "hello"}[i%10] + fmt.Sprintf("@c%d.example", i/10)
		}), 1, 1},
		"a quarter":                  {append(many(10, func(i int) string { return fmt.Sprintf("x%d@docomo.ne.jp", i) }), many(30, func(i int) string { return families[i%10] + fmt.Sprintf("@c%d.example", i) })...), 0.25, 0.25},
		"people of one company":      {many(40, func(i int) string { return families[i%10] + "." + string(rune('a'+i/10)) + "@example.co.jp" }), 0, 0},
		"role names of many":         {many(40, func(i int) string { return fmt.Sprintf("info@c%d.example", i) }), 0, 0},
		"readers of many providers":  {many(40, func(i int) string { return fmt.Sprintf("reader%d@mail%d.example", i, i%7) }), 0, 0},
		"birth years":                {many(40, func(i int) string { return fmt.Sprintf("%s%d@example.ne.jp", families[i%10], 1960+13*(i/10)) }), 0, 0},
		"too few to tell":            {many(19, func(i int) string { return fmt.Sprintf("user%d@example.jp", i) }), 0, 0},
		"nobody":                     {nil, 0, 0},
		"four test accounts of ours": {append(many(4, func(i int) string { return fmt.Sprintf("test%d@example.jp", i) }), many(30, func(i int) string { return families[i%10] + fmt.Sprintf("@c%d.example", i) })...), 0, 0},
	} {
		var mails []addr.Mail
		for _, text := range c.mails {
			mails = append(mails, mail(t, text))
		}
		if got := generatedShare(mails); got < c.low || got > c.high {
			t.Errorf("%s: %.2f", name, got)
		}
	}
}
