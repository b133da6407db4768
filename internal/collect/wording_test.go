package collect

import "testing"

func TestWordingsAreReadForWhatTheySay(t *testing.T) {
	t.Parallel()
	const name, grouped = "株式会社森", "株式会社森（森グループ企業）"
	for text, want := range map[string][2]string{
		"新商品のご案内メールを受け取る": {saysNothing, saysNothing},
		// COL-04
		"関連会社からもお知らせします。":                              {saysPlainly, saysNothing},
		"当社および提携サイトより、広告メールをお送りします。":                   {saysPlainly, saysNothing},
		"グループ企業が広告メールを送信することに同意します。":                   {saysPlainly, saysNothing},
		"I agree to mail from your partner companies.": {saysPlainly, saysNothing},
		"Our partners may send me offers.":             {saysPlainly, saysNothing},
		"グループ会社の福利厚生についてのニュースを受け取る":                    {saysHint, saysNothing},
		"News about related sites":                     {saysHint, saysNothing},
		grouped + "からの広告メールを受け取ります。":                   {saysNothing, saysNothing},
		"株式会社森および関連会社からの広告メールを受け取ります。":                 {saysPlainly, saysNothing},
		"株式会社森と関連会社の株式会社林からの広告メールを受け取ります。":             {saysHint, saysNothing},
		"株式会社森が、グループ会社の商品をご案内します。":                     {saysHint, saysNothing},
		// COL-02
		"利用規約に同意し、メールを受け取ります。":                                 {saysNothing, saysPlainly},
		"個人情報の第三者提供に同意し、メールを受け取ります。":                           {saysNothing, saysPlainly},
		"第三者への提供について承諾します":                                     {saysNothing, saysPlainly},
		"第三者提供に同意しないと登録できません。":                                 {saysNothing, saysPlainly},
		"I agree to the terms of use and to mail.":             {saysNothing, saysPlainly},
		"I consent to my data being passed to third parties.":  {saysNothing, saysPlainly},
		"広告メールを受け取ります。第三者に提供することはありません。":                       {saysNothing, saysNothing},
		"メールアドレスを第三者に提供いたしません":                                 {saysNothing, saysNothing},
		"第三者へ提供されることなく、安全に管理します。メールを受け取ります。":                   {saysNothing, saysNothing},
		"法令に基づく場合を除き、第三者に提供しません。":                              {saysNothing, saysNothing},
		"この同意は利用規約とは別のものです。":                                   {saysNothing, saysNothing},
		"Your address is never given to third parties.":        {saysNothing, saysNothing},
		"We do not share it with third parties.":               {saysNothing, saysNothing},
		"This is separate from the terms of use.":              {saysNothing, saysNothing},
		"第三者に提供しません。利用規約に同意します。":                               {saysNothing, saysPlainly},
		"利用規約はこちらです。メールを受け取ります。":                               {saysNothing, saysHint},
		"メールを受け取ります（第三者提供あり）":                                  {saysNothing, saysHint},
		"You cannot sign up unless you accept third parties.":  {saysNothing, saysPlainly},
		"Without your consent to third parties, no membership": {saysNothing, saysHint},
	} {
		if got := vague(text, grouped, name); got != want[0] {
			t.Errorf("%q is vague: %s, want %s", text, got, want[0])
		}
		if got := bundles(text); got != want[1] {
			t.Errorf("%q asks for another consent: %s, want %s", text, got, want[1])
		}
	}
}

func TestChannelsAreCountedByTheirNames(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"": 1, "メールを受け取る": 1, "メールとLINEで受け取る": 2, "ＬＩＮＥとメール": 2, "News of our online shop by mail": 1, "メールとSMS": 2,
	} {
		if got := channels(text); got != want {
			t.Errorf("%q covers %d channels, want %d", text, got, want)
		}
	}
}
