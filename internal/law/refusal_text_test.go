package law

import "testing"

func TestDeclinesAds(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"お問い合わせは info@example.jp まで。※営業メールお断り":                   true,
		"営業メール\nは　お断りしております":                                     true,
		"当社への広告・宣伝メールは固くお断りいたします。":                               true,
		"特定電子メールの送信を拒否します":                                       true,
		"営業目的のメール送信は固くお断りいたします":                                  true,
		"営業メールは一切お断りします":                                         true,
		"セールスは固くお断りいたします":                                        true,
		"特定電子メールはお断りいたします":                                       true,
		"営業のご連絡はお断りしております":                                       true,
		"勧誘のメールはご遠慮ください":                                         true,
		"営業・勧誘を目的としたお電話、メール、ＦＡＸ等は、業務の妨げとなりますのでお控えください":           true,
		"売込みのご連絡は受け付けておりません":                                     true,
		"広告宣伝メールは受け取っていません":                                      true,
		"ＤＭの送付は不可":                                               true,
		"以下のメールはお断りします。":                                         false,
		"お断り：営業メール":                                              true,
		"次のご連絡はお断りしています　・営業　・勧誘":                                 true,
		"迷惑メールはお断り":                                              true,
		"スパム行為を禁止します":                                            true,
		"Ｎｏ　Ｕｎｓｏｌｉｃｉｔｅｄ e-mail, please.":                         true,
		"Please do not\nsend unsolicited mail.":                  true,
		"Unsolicited commercial email prohibited":                true,
		"We do not accept unsolicited e-mails.":                  true,
		"Marketing messages to this address will be refused.":    true,
		"Commercial e-mails are not welcome here.":               true,
		"No sales calls, please":                                 true,
		"Don't send us advertising material":                     true,
		"Der Nutzung wird hiermit widersprochen.":                true,
		"営業時間 9:00–18:00 お気軽にメールでご連絡ください":                        false,
		"営業時間外のお電話はご遠慮ください":                                      false,
		"営業・勧誘のご相談はこちら":                                          false,
		"広告のご相談は営業部まで。店内での撮影はお断りしております。":                         false,
		"迷惑メール対策で受信拒否設定をされている方は、解除してください":                        false,
		"広告メールの受信拒否はこちら":                                         false,
		"特定電子メール法にもとづく表示。返品不可":                                   false,
		"広告代理店の皆さまからのご提案をお待ちしています":                               false,
		"administrator 以外の操作は禁止です":                               false,
		"Our sales team answers within a day.":                   false,
		"For sales and marketing inquiries, write to us.":        false,
		"We do not send marketing emails without your consent.":  false,
		"Sales messages are welcome; do not hesitate to write.":  false,
		"No parking. Our marketing department answers all mails": false,
		"": false,
	} {
		if words, got := DeclinesAds(text); got != want {
			t.Errorf("%q: %v (%s)", text, got, words)
		}
	}
}

func FuzzDeclinesAds(f *testing.F) {
	f.Add("営業メールお断り")
	f.Add("no  unsolicited\x00")
	f.Fuzz(func(t *testing.T, text string) {
		words, found := DeclinesAds(text)
		if again, ok := DeclinesAds(text + "。 営業メールお断り"); !ok || found && words == "" || found && again == "" {
			t.Errorf("%q: %q %v", text, words, found)
		}
	})
}
