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

// TestALeakIsReported holds the nine items, the drafts in their languages, and the list of the
// persons, from a segment and from the records of a provision (APPI 26, APPI-R 8, 10).
func TestALeakIsReported(t *testing.T) {
	t.Parallel()
	h := settled(t)
	v, en := h.owner(i18n.Ja), h.owner(i18n.En)
	h.somebody(hardName, "takako@example.jp")
	h.somebody("=SUM(1)", "sum@example.jp")
	opened := v.post("/admin/compliance/incidents", "title", "名簿の誤送信", "known_at", daysOn(-1), "detail", "", "many", "1", "entrusted", "1").is(http.StatusOK).sound()
	path := opened.url.Path
	v.get(path+"/documents/report").is(http.StatusOK).sound().has("確認中", "第26条第1項")
	v.post(path + "/persons").is(http.StatusNotFound)
	v.post(path+"/report", "outline", "x", "run", "con_x").is(http.StatusUnprocessableEntity).sound().has("この ID の提供はありません")
	v.post(path+"/report", "outline", "宛先を To に並べて送信した。", "items", "メールアドレス", "persons", "1,234人", "cause", "操作の誤り", "damage", "なし",
		"response", "お詫び", "publication", "自社サイト", "prevention", "送信前の確認", "all", "1").is(http.StatusOK).sound()
	v.get(path+"/documents/report").is(http.StatusOK).sound().has("宛先を To に並べて送信した。", "1,234人", "送信前の確認", "株式会社みどり商会").lacks("操作の誤り。")
	v.get(path+"/documents/persons?in=ja").is(http.StatusOK).sound().has("深くお詫び申し上げます", "操作の誤り").lacks("送信前の確認", "1,234人")
	en.get(path + "/documents/persons?in=en").is(http.StatusOK).sound().has("Article 26(2)")
	v.get(path + "/documents/principal").is(http.StatusOK).sound().has("第26条第1項ただし書")
	v.get(path + "/documents/other").is(http.StatusNotFound)
	list := v.post(path + "/persons").is(http.StatusOK)
	if !strings.Contains(list.body, hardName) || !strings.Contains(list.body, "takako@example.jp") || strings.Contains(list.body, "\n=SUM") || strings.Contains(list.body, ",=SUM") {
		t.Errorf("the list: %s", list.body)
	}
	programme, recipient := h.running()
	planned := v.plan(programme, recipient, "fields", "family_name")
	run := strings.TrimPrefix(planned.url.Path, runsPath+"/")
	v.post(path+"/report", "outline", "x", "run", run).is(http.StatusUnprocessableEntity).sound().has("まだデータが渡っていません")
	h.left(run)
	v.post(path+"/report", "outline", "x", "run", run).is(http.StatusOK).sound()
	if list = v.post(path + "/persons").is(http.StatusOK); !strings.Contains(list.body, "takako@example.jp") || strings.Contains(list.body, "sum@") {
		t.Errorf("the list of the run: %s", list.body)
	}
	v.get("/admin/audit").is(http.StatusOK).has("漏えい等の本人一覧の取り出し")
	h.member(account.Viewer).post(path + "/persons").is(http.StatusForbidden)
	v.post(path+"/step", "step", "closed", "on", daysOn(0)).is(http.StatusUnprocessableEntity).sound().has("確報した、ご本人に通知した", "足りないまま進める理由")
	v.post(path+"/step", "step", "closed", "on", daysOn(0), "reason", "委託元がすべて行った").is(http.StatusOK)
	v.post(path+"/report", "outline", "別の話").is(http.StatusOK).sound().has("別の話") // found out after the close
	v.get("/admin/audit").is(http.StatusOK).has("宛先を To に並べて送信した。")
}

// TestAStepOfALeakIsWrittenDownWithItsDay walks a leak from the preliminary report over a mistaken
// day to a close that is taken back (APPI-R 8).
func TestAStepOfALeakIsWrittenDownWithItsDay(t *testing.T) {
	t.Parallel()
	h := settled(t)
	v, en := h.owner(i18n.Ja), h.owner(i18n.En)
	v.get("/admin/compliance/incidents").is(http.StatusOK).has(`name="undecided" value="1" checked`)
	opened := v.post("/admin/compliance/incidents", "title", "名簿の誤送信", "known_at", daysOn(-4), "detail", "", "many", "1").is(http.StatusOK).sound().has("知った日を1日目", "受付番号または送付方法")
	path := opened.url.Path
	v.post(path+"/step", "step", "preliminary", "on", daysOn(-1)).is(http.StatusUnprocessableEntity).sound().has("委員会の受付番号か", `value="`+daysOn(-1))
	v.post(path+"/step", "step", "preliminary", "evidence", "R-1").is(http.StatusUnprocessableEntity).sound().has("今日以前の日付")
	v.post(path+"/step", "step", "preliminary", "on", daysOn(-5), "evidence", "R-1").is(http.StatusUnprocessableEntity).sound().has("知った日より前の日付です")
	v.post(path+"/step", "step", "preliminary", "on", daysOn(-1), "evidence", "R-1").is(http.StatusOK).sound().has("R-1").lacks("web.incident.")
	v.post(path+"/step", "step", "preliminary", "on", daysOn(-1), "evidence", "R-1").is(http.StatusUnprocessableEntity).sound().has("すでに記録されています")
	v.post(path+"/step", "step", "other", "on", daysOn(-1)).is(http.StatusNotFound)
	v.post(path+"/correction", "step", "preliminary", "on", daysOn(-2), "evidence", "R-2").is(http.StatusUnprocessableEntity).sound().has("<details class=\"more\" open")
	v.post(path+"/correction", "step", "preliminary", "on", "", "evidence", "R-2", "reason", "x").is(http.StatusUnprocessableEntity).sound().has("今日以前の日付")
	v.post(path+"/correction", "step", "final", "on", daysOn(-2), "evidence", "R-2", "reason", "x").is(http.StatusUnprocessableEntity).sound().has("まだ記録されていません")
	v.post(path+"/correction", "step", "preliminary", "on", daysOn(-2), "evidence", "R-2", "reason", "番号の書き誤り").is(http.StatusOK).sound().has("R-2", "R-1", "番号の書き誤り", "山田 花子")
	v.post(path+"/step", "step", "closed", "on", daysOn(0), "reason", "対象外と判断").is(http.StatusOK).sound().has("完了したあとも").lacks("/judge")
	en.get(path).is(http.StatusOK).sound().has("Take the close back and reopen", "Receipt number")
	v.post(path+"/correction", "step", "closed", "take_back", "1", "reason", "新しい事実").is(http.StatusOK).sound().has("/judge", "取り消し")
	v.get("/admin/audit").is(http.StatusOK).has("漏えい等の再開", "漏えい等の対応の記録の訂正", "R-1", "R-2")
	h.member(account.Viewer).post(path+"/correction", "step", "preliminary", "take_back", "1", "reason", "x").is(http.StatusForbidden)
}

// left makes a run one that took the data of one person away.
func (h *house) left(public string) {
	h.Helper()
	id, err := store.ParsePublic(provision.RunPrefix, public)
	if err != nil {
		h.Fatal(err)
	}
	err = h.db.Write(h.Context(), func(tx *store.Tx) error {
		if _, err := tx.Exec(h.Context(), `UPDATE provision_run SET state = 'provided', handed_at = 1 WHERE id = ?`, id); err != nil {
			return err
		}
		_, err := tx.Exec(h.Context(), `INSERT INTO provision_record (run_id, contact_id, piece, name, mark)
			SELECT ?, a.contact_id, 1, 'x', ? FROM address a WHERE a.shown = 'takako@example.jp'`, id, []byte{})
		return err
	})
	if err != nil {
		h.Fatal(err)
	}
}
