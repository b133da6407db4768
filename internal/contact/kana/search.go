package kana

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// SearchKey returns what to compare when looking for a name: width, case, katakana
// and hiragana, and the usual variants of kanji in names (髙/高, 﨑/崎, 齋/斎/斉,
// 邊/邉/辺 …) are folded into one; spaces, middle dots and variation selectors are
// gone. It is a key, not a text: never show it.
func SearchKey(s string) string {
	if key, ok := ordinaryKey(s); ok {
		return key
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.IsControl(r), unicode.Is(unicode.Cf, r),
			unicode.Is(unicode.Variation_Selector, r), r == '・', r == unicode.ReplacementChar:
			return -1
		}
		return hiragana(unicode.ToLower(r))
	}, width.Fold.String(s))
	return strings.Map(func(r rune) rune {
		if plain, ok := variants[r]; ok {
			return plain
		}
		return r
	}, norm.NFC.String(s))
}

// ordinaryKey is SearchKey of a text of ordinary characters, in one go.
func ordinaryKey(s string) (string, bool) {
	key := make([]byte, 0, len(s))
	for _, r := range s {
		switch {
		case !ordinary(r):
			return "", false
		case r == ' ':
			continue
		case 'A' <= r && r <= 'Z':
			r += 'a' - 'A'
		case r > '々':
			if plain, ok := variants[r]; ok {
				r = plain
			}
			r = hiragana(r)
		}
		key = utf8.AppendRune(key, r)
	}
	return string(key), true
}

// hiragana maps katakana that have a hiragana twin, 0x60 below them.
func hiragana(r rune) rune {
	if 'ァ' <= r && r <= 'ヶ' || r == 'ヽ' || r == 'ヾ' {
		return r - 0x60
	}
	return r
}

// variants leads from the rarer form of a kanji to the plainest one. The groups are
// those seen in family and place names (法務省「戸籍統一文字」, 常用漢字表 のいわゆる康熙字典体).
var variants = func() map[rune]rune {
	m := map[rune]rune{}
	for group := range strings.FieldsSeq(variantGroups) {
		plain := []rune(group)
		for _, r := range plain[1:] {
			m[r] = plain[0]
		}
	}
	return m
}()

const variantGroups = `
高髙 崎﨑嵜 斉齊斎齋 沢澤 辺邊邉 浜濱濵 広廣 国國圀 桜櫻 島嶋嶌 吉𠮷 柳栁 徳德 瀬瀨 黒黑 恵惠 真眞 竜龍 渋澁 蔵藏 円圓 栄榮 寿壽 条條 実實 豊豐 学學 会會
静靜 弥彌 富冨 峰峯 桑桒 曽曾 磯礒 鴎鷗 槙槇 館舘 凛凜 将將 万萬 壮壯 与與 来來 権權 済濟 桧檜 荘莊 関關 鉄鐵 塩鹽 団團 伝傳 芸藝 医醫 応應
亀龜 児兒 滝瀧 髪髮 篭籠 遥遙 尭堯 巌巖 晋晉 経經 県縣 検檢 顕顯 穂穗 祢禰 祷禱 稲稻 絵繪 緑綠 総總 聡聰 薫薰 読讀 郎郞 鶏鷄 麦麥 暦曆 歴歷
気氣 沖冲 浄淨 涼凉 灯燈 点點 駅驛 駆驅 双雙 収收 厳嚴 図圖 増增 奥奧 宝寶 専專 尽盡 岳嶽 峡峽 巣巢 帯帶 弁辨瓣辯 弾彈 従從 恒恆 戸戶 拝拜 挙擧
摂攝 昼晝 晩晚 楽樂 様樣 横橫 欧歐 歩步 残殘 毎每 浅淺 渓溪 温溫 湾灣 焼燒 状狀 狭狹 猟獵 画畫 発發 砕碎 礼禮 粋粹 糸絲 継繼 続續 縄繩 声聲
臓臟 舎舍 舗舖 茎莖 蛍螢 衛衞 装裝 覚覺 観觀 触觸 証證 誉譽 賛贊 転轉 軽輕 辞辭 逓遞 遅遲 酔醉 釈釋 銭錢 鋳鑄 錬鍊 闘鬪 隣鄰 雑雜 霊靈 青靑
頼賴 頬頰 顔顏 鴬鶯 鯵鰺 麹麴 麺麵 黄黃 清淸 薮藪 園薗 蓑簑 翠翆 晃晄 予豫
`
