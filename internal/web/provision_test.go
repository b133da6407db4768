package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// daysOn is a day some days from today in Japan, as forms write it.
func daysOn(n int) string {
	return time.Now().In(tokyo).AddDate(0, 0, n).Format(time.DateOnly)
}

// tokyo is where the workspaces of the tests count their days.
var tokyo = time.FixedZone("JST", 9*60*60)

// listItems are the fields of the form of an opt-out programme that lacks nothing.
func listItems() url.Values {
	f := url.Values{}
	for _, pair := range [][2]string{
		{"provider_name", "株式会社みどり商会"},
		{"provider_address", "東京都千代田区丸の内1-1-1 みどりビル5階"},
		{"representative", "代表取締役 山田 花子"},
		{"phone", "03-1234-5678"},
		{"wish_shown", "1"},
		{"wish", "1"},
		{"acquisition_ja", "公開されている刊行物から転記します。"},
		{"acquisition_en", "Copied from published books."},
		{"method_ja", "電子データの送信"},
		{"recipients_ja", "株式会社乙商事、名簿を利用する事業者"},
		{"stop_by_ja", "本ページから、または郵便・電話で受け付けます。"},
		{"update_ja", "年に1回、刊行物の改訂に合わせます。"},
		{"start", daysOn(-1)},
		{"data", "family_name"},
		{"ja:family_name", "姓"},
		{"en:family_name", "Family name"},
		{"data", "company"},
		{"ja:company", "勤務先"},
		{"en:company", "Company"},
	} {
		f.Add(pair[0], pair[1])
	}
	return f
}

// flat lists a form as alternating names and values.
func flat(f url.Values, more ...string) []string {
	var out []string
	for name, values := range f {
		for _, v := range values {
			out = append(out, name, v)
		}
	}
	return append(out, more...)
}

// programme makes a programme through the pages, with its items, and returns its path.
func (h *house) programme(name string, class provision.Class, items url.Values) string {
	h.Helper()
	v := h.owner(i18n.Ja)
	answers := map[provision.Class]string{provision.JointUse: "group", provision.Entrust: "work", provision.LegalDuty: "study", provision.Succession: "deal"}
	made := v.post("/admin/provision", "name", name, "class", string(class), "answered", "1", answers[class], "1").is(http.StatusOK)
	path := strings.TrimSuffix(made.url.Path, "/edit")
	v.post(path+"/edit", flat(items, "seen", cutOut(made.body, `name="seen" value="`, `"`))...).is(http.StatusOK).at(path)
	return path
}

// cutOut is what stands between two marks.
func cutOut(body, from, to string) string {
	_, rest, _ := strings.Cut(body, from)
	found, _, _ := strings.Cut(rest, to)
	return found
}

// steps records steps, each on its day counted from today.
func (h *house) steps(path string, days map[string]int) {
	h.Helper()
	v := h.owner(i18n.Ja)
	for _, k := range []string{"noticed", "filed", "published_by_ppc", "published_by_us", "ended"} {
		if n, ok := days[k]; ok {
			fields := []string{"step", k, "on", daysOn(n), "evidence", "受付番号 2026-" + k}
			if k == "noticed" {
				fields = append(fields, "elsewhere", "https://mori.example.jp/notice")
			}
			v.post(path+"/step", fields...).is(http.StatusOK)
		}
	}
}

// TestAProgrammeFromQuestionsToRunning walks the pages from plain questions to a programme that
// may be provided, and holds what is refused on the way.
func TestAProgrammeFromQuestionsToRunning(t *testing.T) {
	t.Parallel()
	h := settled(t)
	v := h.owner(i18n.Ja)
	v.get("/admin/provision").is(http.StatusOK).sound().has("提供の取扱いはまだありません")
	v.get("/admin/provision/new?answered=1&group=1").is(http.StatusOK).sound().has("共同利用", "グループ会社のためにオプトアウトを届け出る必要はなく")
	v.get("/admin/provision/new?case=clinic").is(http.StatusOK).sound().has("要配慮個人情報は、オプトアウトでは提供できません", "倫理審査委員会")
	v.get("/admin/provision/new?answered=1&illicit=1&ask=1").is(http.StatusOK).sound().has("提供できる種類はありません", "消去します").lacks("この種類で始める", `name="class"`)
	v.post("/admin/provision", "name", "名簿", "class", "consent", "answered", "1", "illicit", "1").is(http.StatusUnprocessableEntity).sound().has("この種類は選べません")
	v.post("/admin/provision", "name", "病歴", "class", "opt_out", "answered", "1", "sensitive", "1").is(http.StatusUnprocessableEntity).sound().has("この種類は選べません")
	v.post("/admin/provision", "name", "", "class", "opt_out", "answered", "1").is(http.StatusUnprocessableEntity).sound()

	made := v.post("/admin/provision", "name", "名簿の提供", "class", "opt_out", "answered", "1").is(http.StatusOK).sound()
	path := strings.TrimSuffix(made.url.Path, "/edit")
	v.get(path).is(http.StatusOK).sound().has("項目4：個人データの取得の方法", "PRV-03", "個人情報保護法 第27条第2項")
	v.post(path + "/freeze").is(http.StatusUnprocessableEntity).sound().has("項目8の2")
	v.post(path+"/edit", flat(listItems(), "seen", "1")...).is(http.StatusUnprocessableEntity).sound()
	v.post(path+"/edit", flat(listItems(), "seen", cutOut(made.body, `name="seen" value="`, `"`))...).is(http.StatusOK).at(path).sound().has("版を確定する")
	v.post(path+"/freeze", "seen", cutOut(made.body, `name="seen" value="`, `"`)).is(http.StatusUnprocessableEntity).sound().lacks("手続き（第1版）")
	v.post(path+"/freeze", "seen", cutOut(v.get(path).body, `name="seen" value="`, `"`)).is(http.StatusOK).at(path).sound().has("第1版を確定しました")
	v.post(path+"/step", "step", "filed", "on", daysOn(-1), "evidence", "x").is(http.StatusUnprocessableEntity).sound().has("先に「通知・公表ページへの掲載」を記録してください")
	v.post(path+"/step", "step", "noticed", "on", daysOn(2), "evidence", "x").is(http.StatusUnprocessableEntity).sound()
	v.post(path+"/step", "step", "noticed", "on", daysOn(-60), "evidence", "").is(http.StatusUnprocessableEntity).sound()
	v.post(path+"/step", "step", "noticed", "on", daysOn(-60), "evidence", "x").is(http.StatusUnprocessableEntity).sound().has("それより前の日付は")
	h.steps(path, map[string]int{"noticed": -60, "filed": -55, "published_by_ppc": -40, "published_by_us": -38})
	v.get(path).is(http.StatusOK).sound().has("提供できます", "/provision/prg_", "様式第二", "様式第三", "受付番号 2026-filed", "https://mori.example.jp/notice").lacks("PRV-06")
	v.get("/admin/compliance").is(http.StatusOK).sound().has("提供中の取扱い")

	// A change of item 5 is announced first; one of item 1 at once, and then owed.
	items := listItems()
	items.Set("method_ja", "書面の交付")
	items.Set("representative", "代表取締役 鈴木 一郎")
	items.Set("start", daysOn(30))
	edit := v.get(path + "/edit").is(http.StatusOK).sound()
	v.post(path+"/edit", flat(items, "seen", cutOut(edit.body, `name="seen" value="`, `"`))...).is(http.StatusOK)
	v.post(path+"/freeze").is(http.StatusOK).sound().has("第2版", "書面の交付", "あらかじめ通知・届出", "変更後、遅滞なく", "<del>")
	v.get(path+"/documents/filing").is(http.StatusOK).sound().has("変更届出書", "停止の求めを受け付けるページ：http", "/provision/prg_", "受付窓口：株式会社みどり商会　東京都千代田区", "電話 03-1234-5678", "書面の交付", "電子データの送信", "代表取締役 鈴木 一郎")
	for _, form := range []string{"notice", "end", "agent"} {
		v.get(path + "/documents/" + form).is(http.StatusOK).sound()
	}
	v.get(path + "/documents/research").is(http.StatusNotFound)
	v.get(path + "/documents/filing?version=3").is(http.StatusNotFound)

	// A stop that was told by telephone counts, and nobody reads whose it is.
	v.post(path+"/stops", "address", "x", "method", "phone", "received_at", daysOn(0)).is(http.StatusUnprocessableEntity).sound()
	v.post(path+"/stops", "address", "jiro@example.jp", "method", "phone", "received_at", daysOn(-1)).is(http.StatusOK).sound().has("停止の求め：1 件", "電話").lacks("jiro@example.jp")
}

// TestProgrammesAreTheLegalOfficers holds who may see and change them.
func TestProgrammesAreTheLegalOfficers(t *testing.T) {
	t.Parallel()
	h := settled(t)
	path := h.programme("名簿", provision.OptOut, listItems())
	m := h.member(account.Marketer)
	m.get("/admin/provision").is(http.StatusForbidden)
	m.post(path + "/freeze").is(http.StatusForbidden)
	h.member(account.Legal).get(path).is(http.StatusOK).sound()
}

// TestWhoeverHearsAStopEntersIt holds that everybody who may record a refusal enters a stop, by a
// mail address or a contact, from the person's page too, and that who asked is not listed.
func TestWhoeverHearsAStopEntersIt(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := settledOn(t, db)
		aoki, ueda := h.somebody("青木", "aoki@example.jp"), h.somebody("上田", "ueda@example.jp")
		eguchi := h.somebody("江口", "eguchi@example.jp")
		path, recipient := h.running()
		for i, role := range []account.Role{account.Viewer, account.Marketer} {
			v := h.member(role)
			v.get("/admin/provision").is(http.StatusForbidden)
			who := []string{aoki, ueda}[i]
			link := path + "/stops?contact=" + who
			v.get("/admin/contacts/" + who).is(http.StatusOK).sound().has(link)
			v.get(link).is(http.StatusOK).sound().has(`value="` + who + `"`).lacks(`href="` + path + `"`)
			v.post(path+"/stops", "address", "con_zzzz", "method", "phone", "received_at", daysOn(0)).is(http.StatusUnprocessableEntity).sound().has("この連絡先は登録されていません")
			v.post(path+"/stops", "address", who, "method", "counter", "received_at", daysOn(1)).is(http.StatusUnprocessableEntity).sound()
			v.post(path+"/stops", "address", who, "method", "counter", "received_at", daysOn(0)).is(http.StatusOK).sound().has("停止の求めを登録しました", "窓口").lacks("青木", "上田")
			v.get("/admin/contacts/"+who).is(http.StatusOK).sound().has("本人の求めにより停止", "受け付けた日", "窓口")
		}
		h.owner(i18n.En).get("/admin/contacts/"+aoki).is(http.StatusOK).sound().has("Stopped at the person&#39;s request", "Counter").lacks("web.provision.")
		h.owner(i18n.Ja).get("/admin/contacts/" + eguchi).is(http.StatusOK).lacks("本人の求めにより停止")
		h.owner(i18n.Ja).plan(path, recipient, "fields", "family_name").has("江口").lacks("青木", "上田")
	})
}

// TestEachClassHasItsForm opens form and page of each class and case, in both languages.
func TestEachClassHasItsForm(t *testing.T) {
	t.Parallel()
	h := settled(t)
	for _, p := range provision.Presets() {
		ja, en := h.owner(i18n.Ja), h.owner(i18n.En)
		ja.get("/admin/provision/new?case=" + string(p.Case)).is(http.StatusOK).sound()
		begin := en.get("/admin/provision/new?case=" + string(p.Case)).is(http.StatusOK).sound()
		fields := []string{"name", string(p.Case), "class", string(p.Class), "case", string(p.Case), "answered", "1"}
		for _, q := range questions {
			if strings.Contains(begin.body, `type="hidden" name="`+q+`"`) {
				fields = append(fields, q, "1")
			}
		}
		made := ja.post("/admin/provision", fields...).is(http.StatusOK).sound()
		path := strings.TrimSuffix(made.url.Path, "/edit")
		en.get(made.url.Path).is(http.StatusOK).sound()
		ja.get(path).is(http.StatusOK).sound()
		en.get(path).is(http.StatusOK).sound()
	}
	for class, asked := range map[provision.Class]string{
		provision.Entrust: "委託先の監督", provision.Succession: "事業承継の内容", provision.JointUse: "管理責任者", provision.Consent: "外国にある提供先",
	} {
		path := h.programme(string(class), class, url.Values{})
		h.owner(i18n.Ja).get(path + "/edit").is(http.StatusOK).sound().has(asked).lacks("8の2 提供開始予定日")
	}
}

// study are the fields of a study that lacks nothing.
func study() url.Values {
	return url.Values{
		"exception": {"vii"}, "ground_ja": {"倫理審査委員会の承認（第12号）"}, "research_title_ja": {"糖尿病の治療に関する後ろ向き観察研究"},
		"subjects_ja": {"2020年4月から2025年3月に当院を受診された方"}, "period_ja": {"承認日から2028年3月31日まで"}, "leader_ja": {"内科 部長 𠮷田 髙子"},
		"purpose_ja": {"治療の効果を調べるため"}, "recipients_ja": {"みどり大学医学部"}, "stop_by_ja": {"本ページからお申し出ください。"},
		"data": {"family_name"}, "ja:family_name": {"姓"}, "approval": {"倫理審査委員会 第12号"}, "provider_name": {"みどり病院"}, "representative": {"病院長 緑 太郎"},
		"start": {daysOn(-1)}, "manager_name": {"みどり病院 医療情報部長"}, "method_ja": {"解析し、暗号化して送信します。"}, "acquisition_ja": {"診療の過程で取得しました。"},
		"users_ja": {"この研究に従事する者"},
	}
}

// TestAStudyIsPublishedInItsForm holds the document that hospitals use.
func TestAStudyIsPublishedInItsForm(t *testing.T) {
	t.Parallel()
	h := settled(t)
	path := h.programme("研究", provision.LegalDuty, study())
	v := h.owner(i18n.Ja)
	v.post(path + "/freeze").is(http.StatusOK).has("第1版")
	v.get(path+"/documents/research").is(http.StatusOK).sound().has("研究に関する情報公開文書", "内科 部長 𠮷田 髙子", "みどり大学医学部", "第7号", "病院長 緑 太郎",
		"医療情報部長", "暗号化して送信", "診療の過程で取得", "この研究に従事する者", "開始予定日", "停止します")
	h.steps(path, map[string]int{"noticed": -1})
	v.get(path).is(http.StatusOK).sound().has("提供できます", "/provision/prg_")
}
