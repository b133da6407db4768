package web

import (
	"net/http"
	"testing"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/i18n"
)

// TestAStepIsPutRightOnThePage corrects steps of a programme by which data went out: what was
// said before stays to be read, and what the new words do not bear is told in both languages.
func TestAStepIsPutRightOnThePage(t *testing.T) {
	t.Parallel()
	h := settled(t)
	v, en := h.owner(i18n.Ja), h.owner(i18n.En)
	h.somebody("青木", "aoki@example.jp")
	programme, recipient := h.running()
	run := v.plan(programme, recipient, "fields", "family_name").url.Path
	legal := h.member(account.Legal)
	legal.post(run + "/approve").is(http.StatusOK)
	legal.until(run, "引き渡し待ち")
	v.post(run + "/file").is(http.StatusOK)

	correct := func(v *visitor, kind, on, reason string, more ...string) answer {
		return v.post(programme+"/step/correct", append([]string{"step", kind, "version", "1", "on", on, "evidence", "受付番号 2026-" + kind, "reason", reason}, more...)...)
	}
	v.get(programme).is(http.StatusOK).sound().has("「個人情報保護委員会への届出」を訂正", `value="`+daysOn(-55)+`"`, "この手続きを取り消す").lacks("訂正後の記録では認められない", "訂正前：")
	correct(v, "filed", daysOn(-54), "").is(http.StatusUnprocessableEntity).sound().has("訂正や取り消しの理由を入力してください", "v1-filed-reason", `<details class="more" open>`)
	correct(v, "filed", daysOn(-61), "読み違い").is(http.StatusUnprocessableEntity).sound().has("前の手続きより前")
	correct(v, "filed", daysOn(-30), "読み違い").is(http.StatusUnprocessableEntity).sound().has("次の手続きより後")
	correct(v, "filed", daysOn(-55), "読み違い").is(http.StatusUnprocessableEntity).sound().has("記録と同じ内容です")
	correct(v, "filed", daysOn(-55), "読み違い", "void", "1").is(http.StatusUnprocessableEntity).sound().has("最後に記録した手続きだけ")
	correct(h.member(account.Marketer), "filed", daysOn(-54), "読み違い").is(http.StatusForbidden)
	h.member(account.Viewer).get(programme).lacks("/step/correct")
	correct(legal, "filed", daysOn(-54), "受付票の<読み違い>").is(http.StatusOK).at(programme).sound().has("手続きの記録を訂正しました", "訂正。訂正前：", "受付票の&lt;読み違い&gt;").lacks("認められない提供")

	correct(v, "published_by_us", daysOn(0), "公表していなかった", "void", "1").is(http.StatusOK).sound().
		has("取り消し。取り消した記録：", "訂正後の記録では認められない提供", "「株式会社乙商事」へ提供（1人分）", "PRV-06", run)
	en.get(programme).is(http.StatusOK).sound().has("taken back; it said:", "not allowed by the corrected steps", "(persons: 1)", "Correct “Published by the commission”")
	v.get("/admin/compliance").is(http.StatusOK).sound().has("訂正後の記録では認められない提供が1件")
	v.post(programme+"/step", "step", "published_by_us", "on", daysOn(-38), "evidence", "掲載の控え").is(http.StatusOK).sound().has("提供できます").lacks("認められない提供")

	v.post(programme+"/step", "step", "ended", "on", daysOn(0), "evidence", "誤り").is(http.StatusOK).lacks("提供できます")
	correct(v, "ended", "", "別の取扱いの終了だった", "void", "1").is(http.StatusOK).sound().has("提供できます")
}

// TestStepsOfEveryVersion holds that a version which a later one overtook still takes its steps.
func TestStepsOfEveryVersion(t *testing.T) {
	t.Parallel()
	h := settled(t)
	v := h.owner(i18n.Ja)
	programme, _ := h.running()
	for _, method := range []string{"書面の交付", "電話"} {
		items := listItems()
		items.Set("method_ja", method)
		items.Set("start", daysOn(30))
		v.edited(programme, items).is(http.StatusOK)
		v.post(programme + "/freeze").is(http.StatusOK)
	}
	v.get(programme).is(http.StatusOK).sound().has(`<h2 id="steps-3">`, `<details class="card more"><summary>手続き（第2版）`, `<h2 id="steps-1">`)
	v.post(programme+"/step", "step", "filed", "version", "2", "on", daysOn(0), "evidence", "x").is(http.StatusUnprocessableEntity).sound().
		has(`<details class="card more" open><summary>手続き（第2版）`, "先に「通知・公表ページへの掲載」")
	v.post(programme+"/step", "step", "noticed", "version", "2", "on", daysOn(0), "evidence", "x").is(http.StatusOK).sound()
	v.post(programme+"/step", "step", "ended", "version", "1", "on", daysOn(0), "evidence", "x").is(http.StatusOK).sound().has("提供の終了")
	v.post(programme+"/step/correct", "step", "ended", "version", "1", "void", "1", "reason", "x").is(http.StatusOK).sound().has("提供できます")
}
