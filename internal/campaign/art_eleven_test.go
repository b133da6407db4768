package campaign

import "testing"

// The items of Article 11 stand in the message or behind a link that says so.
func TestTheSellersItemsAreBehindALinkThatSaysSo(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"特定商取引法に基づく表示 <https://shop.example.jp/guide?mode=sk>":                           true,
		"特定商取引に関する法律に基づく表記：https://shop.example.jp/a":                                    true,
		"特定商取引法にもとづく表示は\nhttps://shop.example.jp/law をご覧ください。":                           true,
		"特商法\nhttps://shop.example.jp/x":                                                 true,
		"会社概要 <https://shop.example.jp/tokushoho>":                                       true,
		"https://shop.example.jp/legal/tokusho.html":                                     true,
		"https://shop.example.jp/law/tokutei-shotorihiki":                                true,
		"https://shop.example.jp/%E7%89%B9%E5%AE%9A%E5%95%86%E5%8F%96%E5%BC%95%E6%B3%95": true,
		"https://shop.example.jp/pages/commercial-transactions":                          true,
		"https://shop.example.jp/guide#tokusho":                                          true,
		"Act on Specified Commercial Transactions <https://shop.example.jp/a>":           true,
		"特定商取引法に基づく表記\n販売業者 株式会社森\n販売価格 各商品のページ\n送料 全国500円\n支払方法 カード\n引渡時期 3日以内\n返品 8日以内": true,

		"プライバシーポリシー <https://shop.example.jp/legal/privacy>":                                       false,
		"https://shop.example.jp/law":                                                              false,
		"https://shop.example.jp/legal":                                                            false,
		"特商法の表示は行いません":                                                                             false,
		"特商法の表示は行いません\nhttps://shop.example.jp/":                                                   false,
		"特定商取引法に基づく表示 <https://shop.example.jp/> は準備中です":                                           false,
		"特定商取引法を守っています。くわしくは <https://shop.example.jp/privacy>":                                    false,
		"特定商取引法を守る店 <https://shop.example.jp/>":                                                    false,
		"特定商取引法に基づく表示":                                                                             false,
		"https://shop.example.jp/?from=tokusho":                                                    false,
		"https://tokusho.example.jp/":                                                              false,
		"特定商取引法に基づく表示\n\n店 https://shop.example.jp/":                                               false,
		"We are not under the Act on Specified Commercial Transactions <https://shop.example.jp/>": false,
		"": false,
	} {
		if got := tellsSeller(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
