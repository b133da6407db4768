package pictures

import "strings"

// provision takes the pictures of the guide to third-party provision, from the questions to the
// run that waits for another person's approval.
func (a album) provision(lang string) {
	a.desk.Follow(`button[name="lang"][value="` + lang + `"]`)
	a.open(a.desk, a.base+"/admin/provision/new?answered=1&group=1")
	a.take(a.desk, "provision-class", lang, 0)
	a.open(a.desk, a.base+"/admin/provision")
	a.desk.Follow(`main a[href^="/admin/provision/prg_"]`)
	a.take(a.desk, "provision", lang, 1250)
	programme := a.desk.URL()
	a.open(a.desk, programme+"/documents/filing")
	a.take(a.desk, "provision-filing", lang, 0)
	notice := strings.Replace(programme, "/admin/provision/", "/provision/", 1)
	a.reader.Size(1000, 900)
	a.open(a.reader, notice+"?lang="+lang)
	a.take(a.reader, "provision-notice", lang, 1500)
	a.open(a.desk, programme+"/runs")
	a.desk.Follow("main .button-main")
	run := a.desk.URL()
	for try := 0; !a.desk.Has("#approve"); try++ {
		if try == 200 {
			a.t.Fatal("the run is never counted")
		}
		a.open(a.desk, run)
	}
	a.take(a.desk, "provision-run", lang, 1300)
	a.consents(lang)
}

// consents takes the pictures of a programme by consent: what people said, and what limits the
// provision of somebody's data.
func (a album) consents(lang string) {
	words := map[string][3]string{
		"ja": {"提携広告会社への提供", "aoi.sato@mail.example", "会員規約の同意画面（2026年10月版）"},
		"en": {"Advertising partners", "emma.wilson@mail.example", "Consent page of the terms (October 2026)"},
	}[lang]
	a.open(a.desk, a.base+"/admin/provision/new?case=adverts")
	a.desk.Fill("#name", words[0])
	a.desk.Follow(`main form[method="post"] .button-main`)
	a.desk.Fill("#recipients_ja", "架空広告株式会社（https://ad.example/privacy）")
	a.desk.Fill("#recipients_en", "Imaginary Ads Inc. (https://ad.example/privacy)")
	a.desk.Follow("main .button-main")
	programme := a.desk.URL()
	a.desk.Follow(`form[action$="/freeze"] button`)
	a.open(a.desk, programme+"/consents")
	a.desk.Fill("#contact", words[1])
	a.desk.Fill("#evidence", words[2])
	a.desk.Follow("main form .button-main")
	a.open(a.desk, programme+"/consents")
	a.take(a.desk, "provision-consents", lang, 0)
	a.desk.Follow(`main a[href^="/admin/contacts/con_"]`)
	a.open(a.desk, a.desk.URL()+"/origin")
	a.take(a.desk, "provision-limits", lang, 0)
}
