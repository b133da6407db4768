package law

import "testing"

func TestDeclinesAds(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"お問い合わせは info@example.jp まで。※営業メールお断り":    true,
		"営業メール\nは　お断りしております":                      true,
		"当社への広告・宣伝メールは固くお断りいたします。":                true,
		"特定電子メールの送信を拒否します":                        true,
		"Ｎｏ　Ｕｎｓｏｌｉｃｉｔｅｄ e-mail, please.":          true,
		"Please do not\nsend unsolicited mail.":   true,
		"Der Nutzung wird hiermit widersprochen.": true,
		"営業時間 9:00–18:00 お気軽にメールでご連絡ください":         false,
		"広告代理店の皆さまからのご提案をお待ちしています":                false,
		"Our sales team answers within a day.":    false,
		"":                                        false,
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
		if again, ok := DeclinesAds(text + " 営業メールお断り"); !ok || found && words == "" || found && again == "" {
			t.Errorf("%q: %q %v", text, words, found)
		}
	})
}
