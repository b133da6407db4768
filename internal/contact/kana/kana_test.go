package kana

import (
	"strings"
	"testing"
)

func TestNormalName(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                     "",
		"John  Smith":          "John Smith",
		" John":                "John",
		"ﾔﾏﾀﾞ　ﾀﾛｳ":             "ヤマダ タロウ",
		"ﾊﾟｰﾃｨｰ":               "パーティー",
		"　㈱ＡＢＣ商事　":             "㈱ABC商事",
		"①髙﨑":                  "①髙﨑",
		"\uFA19谷":              "\uFA19谷",
		"か\u3099\uFA19き\u3099": "が\uFA19ぎ",
		"e\u0301":              "é",
		"山田\r\nBcc: 太郎":        "山田 Bcc: 太郎",
		"山\x00田\x1b":           "山田",
		"𠮷野":                   "𠮷野",
	} {
		if got := NormalName(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestSearchKeyFindsTheSamePerson(t *testing.T) {
	t.Parallel()
	for _, same := range [][]string{
		{"髙﨑", "高崎", "高嵜"},
		{"齋藤", "斎藤", "斉藤", "齊藤"},
		{"渡邊 太郎", "渡邉太郎", "渡辺　太郎"},
		{"澤田", "沢田"},
		{"ヤマダ タロウ", "ﾔﾏﾀﾞﾀﾛｳ", "やまだ・たろう"},
		{"ヴィーナス", "ｳﾞｨｰﾅｽ", "ゔぃーなす", "う\u3099ぃーなす"},
		{"ＡＢＣ商事", "abc商事"},
		{"\uFA19谷", "神谷"},
		{"葛\U000E0100城", "葛城"},
		{"𠮷野", "吉野"},
	} {
		for _, s := range same {
			if SearchKey(s) != SearchKey(same[0]) {
				t.Errorf("%q and %q differ: %q and %q", s, same[0], SearchKey(s), SearchKey(same[0]))
			}
		}
	}
	for _, pair := range [][2]string{{"山田", "川田"}, {"㈱山田", "(株)山田"}, {"ハハ", "パパ"}, {"きや", "きゃ"}} {
		if SearchKey(pair[0]) == SearchKey(pair[1]) {
			t.Errorf("%q and %q are taken for one", pair[0], pair[1])
		}
	}
}

func TestVariantsLeadToAPlainFormAtOnce(t *testing.T) {
	t.Parallel()
	seen := map[rune]bool{}
	for _, group := range strings.Fields(variantGroups) {
		for _, r := range group {
			if seen[r] {
				t.Errorf("%c stands in two groups", r)
			}
			seen[r] = true
		}
	}
}

func TestSplitReading(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][2]string{
		"ﾔﾏﾀﾞ　ﾀﾛｳ": {"ヤマダ", "タロウ"}, "ヤマダ": {"ヤマダ", ""}, "": {"", ""}, "A B C": {"A", "B C"},
	} {
		if f, g := SplitReading(in); f != want[0] || g != want[1] {
			t.Errorf("%q: %q %q", in, f, g)
		}
	}
}

func FuzzNames(f *testing.F) {
	for _, s := range []string{"ﾔﾏﾀﾞ　ﾀﾛｳ", "髙﨑", "H\u0331", "か\u200b\u3099", "\xff", "\uFA19\u3099", "ワ\u3099", "İ", " a  b "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if n := NormalName(s); NormalName(n) != n || strings.ContainsAny(n, "\r\n\x00") {
			t.Fatalf("%q: %q, then %q", s, n, NormalName(n))
		}
		if k := SearchKey(s); SearchKey(k) != k {
			t.Fatalf("%q: %q, then %q", s, k, SearchKey(k))
		}
	})
}

// What is cut short for ordinary characters ends as the long way does.
func TestOrdinaryCharactersNeedNothing(t *testing.T) {
	t.Parallel()
	n := 0
	for r := rune(0); r <= 0xFFFF; r++ {
		if !ordinary(r) {
			continue
		}
		n++
		for _, s := range []string{"か" + string(r) + "ｶ", "a" + string(r) + "①"} { // the long way, for what stands around
			whole, one := []rune(SearchKey(s)), SearchKey(string(r))
			if r != ' ' && string(whole[1:len(whole)-1]) != one {
				t.Errorf("%q: %q, in %q %q", r, one, s, string(whole))
			}
			if name := NormalName(s); r != ' ' && []rune(name)[1] != r {
				t.Errorf("%q: %q", s, name)
			}
		}
	}
	if n < 20_000 {
		t.Errorf("%d ordinary characters", n)
	}
}
