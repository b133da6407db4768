package demo

import (
	"fmt"

	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/i18n"
)

// name is a Japanese name with its reading in kana and Latin letters.
type name struct{ kanji, kana, latin string }

var families = [...]name{
	{"佐藤", "サトウ", "sato"},
	{"鈴木", "スズキ", "suzuki"},
	{"高橋", "タカハシ", "takahashi"},
	{"田中", "タナカ", "tanaka"},
	{"伊藤", "イトウ", "ito"},
	{"渡辺", "ワタナベ", "watanabe"},
	{"山本", "ヤマモト", "yamamoto"},
	{"中村", "ナカムラ", "nakamura"},
	{"小林", "コバヤシ", "kobayashi"},
	{"加藤", "カトウ", "kato"},
	{"吉田", "ヨシダ", "yoshida"},
	{"山田", "ヤマダ", "yamada"},
	{"佐々木", "ササキ", "sasaki"},
	{"髙田", "タカダ", "takada"},
	{"松本", "マツモト", "matsumoto"},
	{"井上", "イノウエ", "inoue"},
	{"木村", "キムラ", "kimura"},
	{"林", "ハヤシ", "hayashi"},
	{"齋藤", "サイトウ", "saito"},
	{"清水", "シミズ", "shimizu"},
}

var givens = [...]name{
	{"花子", "ハナコ", "hanako"},
	{"太郎", "タロウ", "taro"},
	{"陽菜", "ヒナ", "hina"},
	{"蓮", "レン", "ren"},
	{"結衣", "ユイ", "yui"},
	{"大翔", "ヒロト", "hiroto"},
	{"さくら", "サクラ", "sakura"},
	{"悠真", "ユウマ", "yuma"},
	{"美咲", "ミサキ", "misaki"},
	{"健", "ケン", "ken"},
}

var (
	prefectures = [...]string{"東京都", "神奈川県", "大阪府", "愛知県", "北海道", "福岡県", "京都府", "長野県"}
	companies   = [...]string{"", "", "株式会社青空商会", "", "有限会社こだま製作所", "", "合同会社みなと企画", ""}
	domains     = [...]string{"mail.example", "post.example", "home.example", "office.example"}
)

// person is number i of the invented readers; all are different.
func person(i int) (contact.Contact, string) {
	f, g := families[i%len(families)], givens[(i/len(families))%len(givens)]
	c := contact.Contact{
		FamilyName: f.kanji, GivenName: g.kanji, FamilyKana: f.kana, GivenKana: g.kana,
		Prefecture: prefectures[i%len(prefectures)], Company: companies[i%len(companies)], Country: "JP", Lang: i18n.Ja,
	}
	if i%25 == 24 { // a few read English
		c = contact.Contact{FamilyName: "Miller", GivenName: fmt.Sprint("Alex ", i), Country: "JP", Lang: i18n.En}
	}
	return c, fmt.Sprintf("%s.%s.%d@%s", g.latin, f.latin, i, domains[i%len(domains)])
}
