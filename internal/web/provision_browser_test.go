package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/browsertest"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/provision"
)

// TestAProvisionInABrowser walks from questions to the first run as people see it, in both
// languages: the class, the items, the steps, the public notice, the approval by another person.
func TestAProvisionInABrowser(t *testing.T) {
	t.Parallel()
	for _, lang := range i18n.Langs() {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()
			h := settled(t)
			h.somebody("青木", "aoki@example.jp")
			p := h.signedIn(lang)
			p.Size(1280, 900)
			look := func(name string) {
				t.Helper()
				p.Axe()
				picture(p, string(lang)+"-"+name)
			}
			p.Go(h.server.URL + "/admin/provision")
			look("provision-empty")
			p.Go(h.server.URL + "/admin/provision/new")
			p.Follow(`main form[method="get"] button`)
			look("provision-advice")
			p.Fill("#name", "名簿の提供")
			p.Follow(`main form[method="post"] .button-main`)
			look("provision-edit")
			if p.Follow(".button-main") != http.StatusOK {
				t.Error("an unfinished draft cannot be saved")
			}
			look("provision-missing")

			programme, recipient := h.running()
			consent := h.programme("広告", provision.Consent, adverts())
			h.owner(i18n.Ja).post(consent + "/freeze").is(http.StatusOK)
			h.owner(i18n.Ja).post(consent+"/consents", "kind", "given", "contact", "aoki@example.jp", "on", daysOn(-3), "version", "1", "evidence", "会員規約の同意画面").is(http.StatusOK)
			research := h.programme("研究", provision.LegalDuty, study())
			h.owner(i18n.Ja).post(research + "/freeze").is(http.StatusOK)
			person := h.owner(i18n.Ja).person("青木")
			h.owner(i18n.Ja).post(person+"/origin", "flags", "unknown", "reason", "名刺の受け取り方が分からない").is(http.StatusOK)
			h.owner(i18n.Ja).post(person+"/origin/lift", "flags", "unknown", "reason", "展示会の名簿で確かめた").is(http.StatusOK)
			p.Go(h.server.URL + programme)
			look("provision-running")
			h.owner(i18n.Ja).post(programme+"/step/correct", "step", "filed", "version", "1", "on", daysOn(-54), "evidence", "受付番号 2026-88", "reason", "受付票の読み違い").is(http.StatusOK)
			p.Go(h.server.URL + programme)
			p.Click("details.more summary")
			look("provision-corrected")
			phone(t, p, h.server.URL+programme)
			p.Size(1280, 900)
			for name, path := range map[string]string{
				"list": "/admin/provision", "recipients": "/admin/recipients", "recipient": "/admin/recipients/" + recipient, "stops": programme + "/stops",
				"runs": programme + "/runs", "edit-full": programme + "/edit", "records": "/admin/records",
				"consents": consent + "/consents", "consent": consent, "origin": person + "/origin", "person": person,
				"means": consent + "/edit", "study-edit": research + "/edit", "study-document": research + "/documents/research",
				"illicit": "/admin/provision/new?answered=1&illicit=1",
			} {
				p.Go(h.server.URL + path)
				look("provision-" + name)
				phone(t, p, h.server.URL+path)
				picture(p, string(lang)+"-phone-provision-"+name)
				p.Size(1280, 900)
			}
			p.Go(h.server.URL + programme + "/runs")
			p.Follow("main .button-main")
			run := p.Attribute(`.page-head .crumbs`, "class") // the page is there
			if run == "" {
				t.Error("no run was planned")
			}
			h.runApproved(p, look)
		})
	}
}

// runApproved has the latest run approved by the legal officer, and shows both pages.
func (h *house) runApproved(p *browsertest.Page, look func(string)) {
	h.Helper()
	ws, err := h.accounts.Workspaces(h.Context(), h.db)
	if err != nil {
		h.Fatal(err)
	}
	runs, err := h.site.ProvisionRuns.Runs(h.Context(), h.db, provision.RunQuery{Workspace: ws[0].ID, Limit: 1})
	if err != nil || len(runs) != 1 {
		h.Fatalf("%d runs, %v", len(runs), err)
	}
	path := "/admin/runs/" + runs[0].Public()
	h.owner(i18n.Ja).until(path, "承認待ち")
	p.Go(h.server.URL + path)
	look("provision-run-planned")
	legal := h.member(account.Legal)
	legal.post(path + "/approve").is(http.StatusOK)
	legal.until(path, "引き渡し待ち")
	legal.post(path + "/file").is(http.StatusOK)
	p.Go(h.server.URL + path)
	look("provision-run-provided")
}

// TestDocumentsLoseNoCharacter prints the documents as a browser does and reads them back: what
// was filed stands there letter by letter, in the hardest ones too.
func TestDocumentsLoseNoCharacter(t *testing.T) {
	t.Parallel()
	h := settled(t)
	items := listItems()
	items.Set("representative", "代表取締役 "+hardName)
	items.Set("agent", "東京都港区1-1 弁護士 髙橋 﨑子")
	items.Set("operator_abroad_shown", "1")
	items.Set("acquisition_ja", "公開されている刊行物（①〜⑩巻、㈱みどり出版）から転記します。―‐－〜")
	programme := h.programme("名簿の提供", provision.OptOut, items)
	h.owner(i18n.Ja).post(programme + "/freeze").is(http.StatusOK)
	h.steps(programme, map[string]int{"noticed": -60, "filed": -55, "published_by_ppc": -40, "published_by_us": -38, "ended": -1})
	research := h.programme("研究", provision.LegalDuty, study())
	h.owner(i18n.Ja).post(research + "/freeze").is(http.StatusOK)
	joint := h.programme("共同利用", provision.JointUse, jointItems())
	h.owner(i18n.Ja).post(joint + "/freeze").is(http.StatusOK)
	for _, lang := range i18n.Langs() {
		p := h.signedIn(lang)
		p.Size(1100, 1400)
		for name, path := range map[string]string{
			"filing": programme, "end": programme, "agent": programme, "notice": programme, "research": research, "joint": joint,
		} {
			form := name
			if name == "joint" {
				form = "notice"
			}
			p.Go(h.server.URL + path + "/documents/" + form)
			p.Axe()
			picture(p, string(lang)+"-document-"+name)
			text := p.Text(".doc")
			if strings.Contains(text, "曜") || strings.Contains(text, "日(") || name == "joint" && strings.Contains(text, "停止の求めを受け付けるページ") {
				t.Errorf("%s: a day of the week, or a page that nobody put up: %s", name, text)
			}
			for _, want := range map[string][]string{
				"filing": {"代表取締役 " + hardName, "①〜⑩巻、㈱みどり出版", "―‐－〜", "八の二", "髙橋 﨑子", "あり"}, "end": {hardName, "受付番号 2026-filed"},
				"agent": {"髙橋 﨑子", "第27条第2項又は第3項"}, "notice": {hardName, "㈱みどり出版", "/provision/prg_"},
				"research": {"𠮷田 髙子", "みどり大学医学部"}, "joint": {"個人データの共同利用について", "株式会社みどり証券", "第27条第5項第3号"},
			}[name] {
				if !strings.Contains(text, want) {
					t.Errorf("%s, %s: %q is lost in %s", lang, name, want, text)
				}
			}
			p.Paper(true)
			picture(p, string(lang)+"-paper-"+name)
			if p.Text(".doc") != text && lang == i18n.Ja { // in English, glosses stay on the screen
				t.Errorf("%s: the paper says something else than the screen", name)
			}
			p.Paper(false)
		}
	}
}

// jointItems are the fields of a joint use that lacks nothing.
func jointItems() url.Values {
	return url.Values{
		"purpose_ja": {"総合的な金融サービスのご案内のため"}, "recipients_ja": {"株式会社みどり商会、株式会社みどり証券"}, "manager_name": {"株式会社みどり商会"},
		"manager_address": {"東京都千代田区丸の内1-1-1"}, "manager_representative": {"代表取締役 山田 花子"}, "data": {"family_name"}, "ja:family_name": {"姓"},
	}
}

// TestAPersonsRequestInABrowser shows the desk's pages of a request, and the answer on paper, in
// both languages.
func TestAPersonsRequestInABrowser(t *testing.T) {
	t.Parallel()
	h := settled(t)
	person := h.somebody(hardName, "takako@example.jp")
	v := h.owner(i18n.Ja)
	programme, recipient := h.running()
	h.left(strings.TrimPrefix(v.plan(programme, recipient, "fields", "family_name").url.Path, runsPath+"/"))
	v.post(programme+"/stops", "address", "takako@example.jp", "method", "letter", "received_at", daysOn(0)).is(http.StatusOK)
	for _, lang := range i18n.Langs() {
		p := h.signedIn(lang)
		p.Size(1280, 900)
		p.Go(h.server.URL + "/admin/records?contact=takako@example.jp")
		p.Axe()
		picture(p, string(lang)+"-records-asked")
		path := h.request("disclosure", person)
		p.Go(h.server.URL + path)
		p.Axe()
		picture(p, string(lang)+"-request-new")
		p.Follow(`form[action$="/identify"] button`)
		p.Axe()
		picture(p, string(lang)+"-request-identified")
		phone(t, p, h.server.URL+path)
		p.Size(1100, 1400)
		p.Go(h.server.URL + path)
		p.Follow(`form[action$="/disclosure"] button`)
		p.Axe()
		p.Paper(true)
		picture(p, string(lang)+"-paper-disclosure")
		if text := p.Text(".doc"); !strings.Contains(text, hardName) || !strings.Contains(text, "〜ー−") {
			t.Errorf("%s: characters are lost: %s", lang, text)
		}
		p.Paper(false)
		h.owner(lang).post(path+"/answer", "outcome", "refused", "reason", "第33条第2項第2号に当たるため").is(http.StatusOK)
		p.Go(h.server.URL + path + "/letter?in=" + string(lang))
		p.Axe()
		picture(p, string(lang)+"-letter")
	}
}

// TestAnIncidentInABrowser shows the pages and drafts about a leak, in both languages and on a
// phone.
func TestAnIncidentInABrowser(t *testing.T) {
	t.Parallel()
	h := settled(t)
	v := h.owner(i18n.Ja)
	v.get("/admin/compliance/incidents").is(http.StatusOK).sound().has(`name="known_at" value="` + daysOn(0))
	path := v.post("/admin/compliance/incidents", "title", "名簿の誤送信", "known_at", daysOn(-1), "detail", "宛先を誤った。\n二行目", "many", "1", "entrusted", "1").is(http.StatusOK).url.Path
	v.post(path+"/report", "outline", "宛先を To に並べて送信した。", "items", "氏名（"+hardName+" ほか）", "persons", "1,234人", "all", "1").is(http.StatusOK)
	for _, lang := range i18n.Langs() {
		p := h.signedIn(lang)
		for name, at := range map[string]string{
			"incidents": "/admin/compliance/incidents", "incident": path, "requests": "/admin/compliance/requests",
			"report": path + "/documents/report", "principal": path + "/documents/principal", "persons": path + "/documents/persons?in=" + string(lang),
		} {
			p.Size(1280, 900)
			p.Go(h.server.URL + at)
			p.Axe()
			picture(p, string(lang)+"-"+name)
			if text := p.Text("main"); name == "report" && !strings.Contains(text, hardName) {
				t.Errorf("%s: characters are lost: %s", lang, text)
			}
			phone(t, p, h.server.URL+at)
			picture(p, string(lang)+"-phone-"+name)
		}
	}
}
