package pictures

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/browsertest"
)

func TestMain(m *testing.M) { browsertest.Main(m) }

// folderEnv names the environment variable with the folder that pictures go to;
// without it they are taken all the same and thrown away.
const folderEnv = "KYODAKU_PICTURES"

// confirmPath finds the page that a confirmation mail leads to.
var confirmPath = regexp.MustCompile(`/confirm/[\w-]+`)

// left is a reader of the demo who joined, was written to and then left: her page
// shows every part of a timeline.
const left = "hanako.nakamura.7@office.example"

// signup is who signs up in each language.
type signup struct{ lang, address, family, given string }

// album is one run: a window of the operator and a window of a reader.
type album struct {
	t            *testing.T
	base, folder string
	desk, reader *browsertest.Page
}

func TestPicturesOfTheDemo(t *testing.T) {
	base, link := startDemo(t)
	a := album{t: t, base: base, folder: os.Getenv(folderEnv), desk: browsertest.Open(t), reader: browsertest.Open(t)}
	if a.folder == "" {
		a.folder = t.TempDir()
	}
	a.desk.Lang("ja")
	a.desk.Size(1280, 900)
	a.open(a.desk, link)
	a.desk.Follow("main form button")
	both := []signup{
		{"ja", "aoi.sato@mail.example", "佐藤", "葵"},
		{"en", "emma.wilson@mail.example", "Wilson", "Emma"},
	}
	for _, s := range both {
		a.of(s)
	}
	for _, s := range both { // last, for drafts would stand in the pictures of the rest
		a.law(s.lang)
		a.provision(s.lang)
	}
}

// law takes the pictures of the legal officer's guide: the check while writing with its
// repairs, the approval, and whether somebody may be mailed.
func (a album) law(lang string) {
	a.desk.Follow(`button[name="lang"][value="` + lang + `"]`)
	a.open(a.desk, a.base+"/admin/contacts?q="+url.QueryEscape(left))
	a.desk.Follow(`main a[href^="/admin/contacts/con_"]`)
	a.desk.Follow(`main a[href$="/answer"]`)
	a.take(a.desk, "answer", lang, 1190)
	words := map[string][4]string{
		"ja": {
			"収穫祭のご案内", "未承諾広告※ 収穫祭のご案内", "{{ contact.name }}様\n\n今年の**収穫祭**は11月29日です。\n\n[当日の催し](https://midorino.example/matsuri)\n",
			"{{ contact.name | honorific: \"様\", \"お客様\" }}\n\n今年の**収穫祭**は11月29日です。\n",
		},
		"en": {
			"Harvest festival", "Re: harvest festival", "Dear {{ contact.name }}\n\nThis year's **harvest festival** is on 29 November.\n\n[What there is to see](https://midorino.example/festival)\n",
			"Hello,\n\nThis year's **harvest festival** is on 29 November.\n",
		},
	}[lang]
	a.open(a.desk, a.base+"/admin/campaigns/new")
	a.desk.Fill("#name", words[0])
	a.desk.Eval(`[...document.querySelector("#topic").options].find(o => /イベント|events/.test(o.text)).selected = true`, new(bool))
	a.desk.Follow("main .button-main")
	a.desk.Fill("#subject", words[1])
	a.desk.Fill("#body", words[2])
	a.desk.WaitFor(`button[value^="law "]`)
	a.take(a.desk, "check", lang, 1300)
	a.desk.Fill("#body", words[3]) // without what nobody can answer for
	a.desk.Follow(`.page-head button[value="send"]`)
	a.desk.Follow(`main .crumbs a[href$="/write"]`)
	a.open(a.desk, strings.TrimSuffix(a.desk.URL(), "/write"))
	a.take(a.desk, "approval", lang, 1120)
}

// of takes the pictures of one language.
func (a album) of(s signup) {
	a.desk.Follow(`button[name="lang"][value="` + s.lang + `"]`)
	a.signUp(s)
	a.open(a.desk, a.base+"/admin/")
	a.take(a.desk, "home", s.lang, 0)
	a.open(a.desk, a.base+"/admin/contacts?q="+url.QueryEscape(left))
	a.desk.Follow(`main a[href^="/admin/contacts/con_"]`)
	a.take(a.desk, "contact", s.lang, 1190)
	a.open(a.desk, a.base+"/admin/campaigns")
	a.desk.Follow(`main a[href^="/admin/campaigns/cmp_"]`)
	a.take(a.desk, "report", s.lang, 1120)
	a.open(a.desk, a.base+"/admin/compliance")
	a.take(a.desk, "compliance", s.lang, 1120)
	a.open(a.desk, a.base+"/admin/rules")
	a.take(a.desk, "rules", s.lang, 1120)
}

// signUp fills in the form on a phone, confirms by the mail that was caught, and
// opens the preference centre.
func (a album) signUp(s signup) {
	a.reader.Lang(s.lang)
	a.reader.Size(390, 844)
	a.open(a.reader, a.base+"/f/midorino")
	a.reader.Fill("#kf-email", s.address)
	a.reader.Fill("#kf-family_name", s.family)
	a.reader.Fill("#kf-given_name", s.given)
	a.reader.Click("#kf-topic-0")
	a.take(a.reader, "form", s.lang, 1150)
	a.reader.Follow("main form button")
	a.open(a.reader, a.confirmation(s.address))
	a.reader.Follow("main form button")
	a.reader.Follow(`main a[href*="/preferences/"]`)
	a.take(a.reader, "preferences", s.lang, 1150)
}

// confirmation is the link in the mail that the form sent.
func (a album) confirmation(address string) string {
	a.t.Helper()
	const mail, patience = `main a[href^="/admin/caught/cgt_"]`, 200
	for try := 0; try == 0 || !a.desk.Has(mail); try++ {
		if try == patience {
			a.t.Fatalf("no mail came to %s", address)
		}
		a.open(a.desk, a.base+"/admin/caught?to="+url.QueryEscape(address))
	}
	a.desk.Follow(mail)
	var text string
	a.desk.Eval(`fetch(location.pathname + "/text").then(r => r.text())`, &text)
	found := confirmPath.FindString(text)
	if found == "" {
		a.t.Fatalf("no confirmation in %q", text)
	}
	return a.base + found
}

// take writes a picture of the page, cut to a height unless that is 0.
func (a album) take(p *browsertest.Page, name, lang string, height int) {
	a.t.Helper()
	raw := filepath.Join(a.t.TempDir(), name+".png")
	p.Screenshot(raw)
	lighten(a.t, raw, filepath.Join(a.folder, name+"."+lang+".png"), height)
}

func (a album) open(p *browsertest.Page, address string) {
	a.t.Helper()
	if status := p.Go(address); status != http.StatusOK {
		a.t.Fatalf("%s answered %d", address, status)
	}
}
