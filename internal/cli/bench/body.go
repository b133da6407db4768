package bench

// body makes, with both parts, label and exits, a mail of some 10 KiB.
const body = `{{ contact.company | default: "" }}
{{ contact.name | honorific: "様", "お客様" }}

いつも週刊みはかりをお読みいただき、ありがとうございます。今週も、暮らしと仕事に役立つ話題をお届けします。

## 今週のおすすめ

朝晩がめっきり冷え込むようになりました。**温かい飲みもの**と一緒に、ゆっくりお読みください。

- はかりの水平の見かた:気泡が円の中央に来るまで、足を少しずつ回します

[すべての記事を読む](https://sender.example/articles)

## {{ contact.name | honorific: "様", "お客様" }}へのご案内

ご登録の店舗では、土曜日の午前中に使い方の相談会を開いています。はかりをお持ちいただければ、その場で狂いを確かめ、
必要な調整を承ります。ご予約は不要ですが、混み合う時間帯には少しお待ちいただくことがあります。

[相談会の詳しいご案内](https://sender.example/clinic)

## お知らせ

年末年始は、十二月二十八日から一月四日までお休みをいただきます。

[営業日のご案内](https://sender.example/calendar)
`
