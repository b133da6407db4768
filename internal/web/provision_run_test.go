package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/store"
)

// running is a programme that may be provided under, and a recipient for files.
func (h *house) running() (programme, recipient string) {
	h.Helper()
	v := h.owner(i18n.Ja)
	programme = h.programme("名簿の提供", provision.OptOut, listItems())
	v.post(programme + "/freeze").is(http.StatusOK)
	h.steps(programme, map[string]int{"noticed": -60, "filed": -55, "published_by_ppc": -40, "published_by_us": -38})
	v.get("/admin/recipients").is(http.StatusOK).sound().has("提供先はまだありません")
	v.post("/admin/recipients", "name", "", "target", "file", "country", "JP").is(http.StatusUnprocessableEntity).sound()
	made := v.post("/admin/recipients", "name", "株式会社乙商事", "address", "大阪市北区1-1", "representative", "代表取締役 乙 次郎", "country", "JP",
		"identity", "登記事項証明書", "purpose", "案内", "target", "file").is(http.StatusOK).sound()
	return programme, strings.TrimPrefix(made.url.Path, "/admin/recipients/")
}

// leave leaves the run that is ready as something that no page does would leave it.
func (h *house) leave(state, why string) {
	h.Helper()
	err := h.db.Write(h.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(h.Context(), `UPDATE provision_run SET state = ?, error = ? WHERE state IN ('prepared', 'handing')`, state, why)
		return err
	})
	if err != nil {
		h.Fatal(err)
	}
}

// plan plans a run and waits until it is counted.
func (v *visitor) plan(programme, recipient string, more ...string) answer {
	v.Helper()
	made := v.post(programme+"/runs", append([]string{"recipient", recipient, "format", "csv"}, more...)...).is(http.StatusOK).sound()
	return v.until(made.url.Path, "承認待ち")
}

// TestARunFromPlanToRecord holds the pages of a run: who is left out and why, the second person,
// the file, the record and that it stays.
func TestARunFromPlanToRecord(t *testing.T) {
	t.Parallel()
	h := settled(t)
	v := h.owner(i18n.Ja)
	aoki := h.somebody("青木", "aoki@example.jp")
	h.somebody("上田", "ueda@example.jp")
	programme, recipient := h.running()
	v.post(programme+"/stops", "address", "ueda@example.jp", "method", "phone", "received_at", daysOn(0)).is(http.StatusOK)
	v.get(programme + "/runs").is(http.StatusOK).sound().has("提供を計画する")
	v.post(programme+"/runs", "recipient", recipient, "format", "csv", "fields", "email").is(http.StatusUnprocessableEntity).sound().has("「メールアドレス」は通知・公表した項目に含まれていない", "value=\"family_name\">")
	run := v.plan(programme, recipient, "fields", "family_name")
	run.has("対象者の条件", "<br>日本", "全員", "CSV（UTF-8）", "ファイル", "初めてです", "PRV-07", "個人情報保護法 第27条第2項第6号", "青木", "ご自身が計画したため").lacks("上田", "ueda@example.jp")
	path := run.url.Path
	v.post(programme+"/runs", "recipient", recipient, "format", "csv").is(http.StatusUnprocessableEntity).sound().has("データの項目には")
	v.post(programme+"/runs", "format", "csv", "fields", "family_name").is(http.StatusUnprocessableEntity).sound().has("提供先を選んでください")
	v.post(path + "/approve").is(http.StatusUnprocessableEntity).has("別の人が承認")
	v.post(path + "/file").is(http.StatusUnprocessableEntity).has("今の状態（承認待ち）")
	legal := h.member(account.Legal)
	stranger := v.post("/admin/recipients", "name", "株式会社丙", "address", "大阪市北区2-2", "representative", "丙 三郎", "country", "JP", "purpose", "案内", "target", "file").is(http.StatusOK)
	warned := v.plan(programme, strings.TrimPrefix(stranger.url.Path, "/admin/recipients/"), "fields", "family_name")
	legal.post(warned.url.Path+"/approve").is(http.StatusUnprocessableEntity).sound().has("承認する理由を入力してください", `id="approval_reason-error"`)
	v.post(stranger.url.Path + "/archive").is(http.StatusOK)
	legal.post(path + "/approve").is(http.StatusOK).sound()
	legal.until(path, "引き渡し待ち")
	h.leave("prepared", "PRV-07")
	v.get(path).is(http.StatusOK).sound().has("この方のデータは提供できません。<br>", "PRV-07 · 法令 · 個人情報保護法")
	h.leave("handing", "")
	v.get(path).is(http.StatusOK).sound().has(path+"/file", path+"/resolve")
	h.leave("prepared", "")
	file := v.post(path + "/file").is(http.StatusOK)
	if !strings.Contains(file.body, "青木") || strings.Contains(file.body, "上田") || strings.Contains(file.body, "株式会社") || !strings.Contains(file.header.Get("Content-Disposition"), ".csv") {
		t.Errorf("the file: %s %v", file.body, file.header)
	}
	v.get(path).is(http.StatusOK).sound().has("提供済み", "この日まで削除できません", "sha256", "B / 山田 花子", ">到着</span>").lacks("operator 1")
	v.post(path+"/drop").is(http.StatusUnprocessableEntity).sound().has("保存しなければならない", "RET-04", "第29条")
	h.owner(i18n.En).get(path).is(http.StatusOK).sound().has("Provided")

	v.get("/admin/records?recipient=" + recipient + "&from=" + daysOn(-1) + "&to=" + daysOn(0)).is(http.StatusOK).sound().has("のべ 1 人")
	v.get("/admin/records?recipient=" + recipient + "&from=xx").is(http.StatusUnprocessableEntity).sound().has("2026-12-01 の形").lacks("のべ")
	v.get("/admin/records?contact="+aoki).is(http.StatusOK).sound().has("株式会社乙商事", "名簿の提供")
	v.get("/admin/records?contact=nobody").is(http.StatusUnprocessableEntity).sound()
	v.post(programme+"/stops", "address", "aoki@example.jp", "method", "letter", "received_at", daysOn(0)).is(http.StatusOK)
	tasks := v.get("/admin/records").is(http.StatusOK).sound().has("株式会社乙商事", aoki)
	v.get("/admin/compliance").is(http.StatusOK).sound().has("「株式会社乙商事」に停止を知らせ")
	task := cutOut(tasks.body, `action="/admin/records/tasks/`, `"`)
	v.get("/admin/records?after="+task).is(http.StatusOK).sound().has("先頭へ", "知らせるものはありません").lacks("tasks/" + task)
	v.get("/admin/records?after=x").is(http.StatusNotFound)
	v.get(programme+"/runs?after="+strings.TrimPrefix(warned.url.Path, runsPath+"/")).is(http.StatusOK).sound().has(path, "先頭へ").lacks(warned.url.Path)
	v.post("/admin/records/tasks/"+cutOut(tasks.body, `action="/admin/records/tasks/`, `"`), "evidence", "返信メール 2026-11-22").is(http.StatusOK).sound().has("知らせるものはありません", "応答を記録しました", "返信メール 2026-11-22", "記録した人： 山田 花子")
	h.owner(i18n.En).get("/admin/records").is(http.StatusOK).sound().has("Told and answered", "Told by hand").lacks("web.provision.")

	// The person is told of it when the person asks.
	request := h.request("disclosure", aoki)
	v.post(request+"/identify", "identity", "papers", "contact", aoki).is(http.StatusOK)
	v.post(request+"/disclosure", "as", "page", "in", "ja").is(http.StatusOK).has("株式会社乙商事", "大阪市北区1-1", "代表取締役 乙 次郎", "第三者提供の停止を求めた記録", "次の提供： ", "手紙で受け付けました", "停止を提供先に知らせた記録", "に確認しました").lacks("web.disclosure.")
	v.post(request+"/disclosure", "as", "page", "in", "en").is(http.StatusOK).has("Stops of provision that you asked for", "Received by letter", "answer was seen on").lacks("web.disclosure.")
	v.post(request+"/disclosure", "as", "json").is(http.StatusOK).has(`"recipient": "株式会社乙商事"`, `"provision_stops": [`, `"method": "letter"`, `"provision_stops_told": [`, `"way": "hand"`, `"answered_at": "`)
	v.get(request).is(http.StatusOK).sound().has("受付：山田 花子")

	v.get("/admin/recipients/" + recipient).is(http.StatusOK).sound().has("第1版")
	v.post("/admin/recipients/" + recipient + "/archive").is(http.StatusOK)
	v.get(programme + "/runs").is(http.StatusOK).sound().has("先に提供先を登録してください")
	h.member(account.Marketer).get(path).is(http.StatusForbidden)
}
