package contact

import "strings"

// morae writes hiragana in Hepburn, row by row; a small vowel or y-row follows its
// consonant in romanise.
var morae = func() map[rune]string {
	m := map[rune]string{}
	for row := range strings.FieldsSeq(`あ:a い:i う:u え:e お:o か:ka き:ki く:ku け:ke こ:ko さ:sa し:shi す:su せ:se そ:so
		た:ta ち:chi つ:tsu て:te と:to な:na に:ni ぬ:nu ね:ne の:no は:ha ひ:hi ふ:fu へ:he ほ:ho ま:ma み:mi む:mu め:me も:mo
		や:ya ゆ:yu よ:yo ら:ra り:ri る:ru れ:re ろ:ro わ:wa ゐ:i ゑ:e を:o ん:n が:ga ぎ:gi ぐ:gu げ:ge ご:go
		ざ:za じ:ji ず:zu ぜ:ze ぞ:zo だ:da ぢ:ji づ:zu で:de ど:do ば:ba び:bi ぶ:bu べ:be ぼ:bo ぱ:pa ぴ:pi ぷ:pu ぺ:pe ぽ:po
		ゔ:vu`) {
		kana, roman, _ := strings.Cut(row, ":")
		m[[]rune(kana)[0]] = roman
	}
	return m
}()

// small are the small kana that replace the vowel of the mora before them.
var small = map[rune]string{'ゃ': "ya", 'ゅ': "yu", 'ょ': "yo", 'ぁ': "a", 'ぃ': "i", 'ぅ': "u", 'ぇ': "e", 'ぉ': "o"}

// romanise writes a reading that was folded to hiragana in Latin letters, as
// foldRomaji writes what somebody types for it.
func romanise(reading string) string {
	var b []byte
	double := false
	for _, r := range reading {
		if s, ok := small[r]; ok {
			b = joinSmall(b, s)
			continue
		}
		if r == 'っ' {
			double = true
			continue
		}
		roman, ok := morae[r]
		if !ok {
			continue // long marks, and what is no kana
		}
		if double && strings.IndexByte("aiueon", roman[0]) < 0 {
			b = append(b, roman[0])
		}
		double = false
		b = append(b, roman...)
	}
	return foldRomaji(string(b))
}

// joinSmall puts a small kana after a mora: ki+ya is kya, shi+ya is sha, fu+a is fa.
func joinSmall(b []byte, s string) []byte {
	if len(b) == 0 || strings.IndexByte("aiueo", b[len(b)-1]) < 0 {
		return append(b, s...)
	}
	b = b[:len(b)-1]
	if n := len(b); n > 0 && s[0] == 'y' && (b[n-1] == 'j' || b[n-1] == 'h' && n > 1 && (b[n-2] == 's' || b[n-2] == 'c')) {
		s = s[1:]
	}
	return append(b, s...)
}

// spellings brings the ways of writing one sound into one: Kunrei to Hepburn, long
// vowels to short ones (satou, satoh and sato are one name), m before b and p to n.
var spellings = strings.NewReplacer(
	"sya", "sha", "syu", "shu", "syo", "sho", "si", "shi", "tya", "cha", "tyu", "chu", "tyo", "cho", "ti", "chi",
	"tch", "ch", "cch", "ch", "tsu", "tsu", "tu", "tsu", "shi", "shi", "chi", "chi", "hu", "fu", "shu", "shu", "chu", "chu",
	"zya", "ja", "zyu", "ju", "zyo", "jo", "jya", "ja", "jyu", "ju", "jyo", "jo", "zi", "ji", "di", "ji", "du", "zu",
	"mb", "nb", "mp", "np", "mm", "nm", "n'", "n", "l", "r",
)

// vowels are shortened after the spelling is settled.
var vowels = strings.NewReplacer("ou", "o", "oo", "o", "uu", "u", "aa", "a", "ii", "i", "ee", "e",
	"ohb", "ob", "ohk", "ok", "ohm", "om", "ohn", "on", "ohr", "or", "ohs", "os", "oht", "ot", "ohy", "oy", "ohz", "oz")

// foldRomaji is the one way of writing a word of small Latin letters.
func foldRomaji(word string) string {
	word = vowels.Replace(spellings.Replace(word))
	if cut, ok := strings.CutSuffix(word, "oh"); ok {
		return cut + "o"
	}
	return word
}
