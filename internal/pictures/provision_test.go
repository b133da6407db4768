package pictures

import "strings"

// provision takes the pictures of the guide to third-party provision, from the questions to the
// run that waits for another person's approval.
func (a album) provision(lang string) {
	a.desk.Follow(`button[name="lang"][value="` + lang + `"]`)
	a.open(a.desk, a.base+"/admin/provision/new?answered=1&group=1")
	a.desk.Eval(`document.querySelector("#advice").closest("section").scrollIntoView()`, nil)
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
}
