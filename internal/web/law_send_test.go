package web

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// silent lets somebody live in the town who agreed long ago and gave no sign since.
func (w *town) silent(mail string) {
	w.Helper()
	w.write(func(tx *store.Tx) error {
		long := time.Now().AddDate(0, -14, 0)
		one, address, err := w.settler(tx, settler{family: "沢", given: "静", kanaFamily: "サワ", kanaGiven: "シズカ", mail: mail}, long)
		if err != nil {
			return err
		}
		_, err = w.people.log.Append(w.Context(), tx, []*consent.Event{{
			Workspace: w.workspace.ID, Contact: one.ID, Address: address.ID, Topic: w.news.ID, Action: consent.ActionConfirmed, Basis: consent.BasisConsent,
			Method: consent.MethodPage, OccurredAt: long,
		}})
		return err
	})
}

// TestTheLawOfSendingReachesPeople shows who is left out of a campaign and what the law
// warns of about those who are not, in both languages with the citation, and that nothing
// leaves before a named person has answered with a reason.
func TestTheLawOfSendingReachesPeople(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTown(t, db)
		w.silent("shizuka@example.jp")
		one := "/admin/campaigns/" + w.draft.PublicID()
		ja, en, marketer, legal := w.owner(i18n.Ja), w.owner(i18n.En), w.member(account.Marketer), w.member(account.Legal)

		ja.get(one+"/send").is(http.StatusOK).sound().has(
			"ご本人が受信を断っています", "特定電子メール法 第3条第3項", // the block: who is left out
			"12か月以上、反応も取引もない方です", "（1人）", "宛先の方々", "DLV-06", "運用基準", "未確認", `name="amber"`, `name="reason"`)
		en.get(one+"/send").is(http.StatusOK).sound().has(
			"The person has refused these messages", "Act on Specified Electronic Mail, Art. 3(3)",
			"For 12 months or more this person has given no sign of life", "(1 person)", "the people it goes to", "DLV-06", "Policy", "not verified")
		ja.get(one + "/send").has(`href="` + one + `/what-if">どの国`)
		marketer.get(one + "/send").is(http.StatusOK).sound().has("オーナーの承認が必要").lacks(`name="when"`)

		send := func(v *visitor, more ...string) answer {
			a := v.get(one + "/send")
			form := append([]string{"when", "now", "hold", "60", "seen", version(w.reload(w.draft).UpdatedAt), "answers", hiddenField(a.body, "answers")}, more...)
			return v.post(one+"/send", form...)
		}
		draft := func(why string) {
			t.Helper()
			if got := w.reload(w.draft); got.State != campaign.Draft {
				t.Fatalf("%s: %s", why, got.State)
			}
		}
		send(ja).is(http.StatusUnprocessableEntity).sound().has("指摘を確認して")
		draft("nobody answered")
		send(en, "amber", "1", "reason", " ").is(http.StatusUnprocessableEntity).sound().has("DLV-06")
		draft("without a reason")
		send(marketer, "amber", "1", "reason", "急ぎのため").is(http.StatusUnprocessableEntity)
		draft("who may not answer")

		a := legal.get(one).is(http.StatusOK).sound().has("12か月以上、反応も取引もない方です", "/approve")
		legal.post(one+"/approve", "seen", hiddenField(a.body, "seen"), "answers", hiddenField(a.body, "answers"), "reason", "休眠の方への最後のご案内").is(http.StatusOK).has("承認済み", "休眠の方への最後のご案内")
		marketer.get(one+"/send").is(http.StatusOK).sound().has("休眠の方への最後のご案内", `name="when"`)
		send(marketer).is(http.StatusOK)
		if got := w.reload(w.draft); got.State != campaign.Holding {
			t.Fatalf("approved, and %s", got.State)
		}
		lines, err := w.accounts.AuditList(w.Context(), w.db, account.AuditQuery{Workspace: w.workspace.ID, Action: "campaign.approve", Limit: 10})
		if err != nil || len(lines) != 1 || lines[0].Reason != "休眠の方への最後のご案内" {
			t.Fatalf("%v: %+v", err, lines)
		}
		text, _ := lines[0].Detail.(json.RawMessage)
		var detail struct {
			Findings []struct {
				Rule   string
				People int
			}
		}
		if err := json.Unmarshal(text, &detail); err != nil {
			t.Fatal(err)
		}
		warned := map[string]int{}
		for _, f := range detail.Findings {
			warned[f.Rule] += f.People
		}
		if warned["DLV-06"] != 1 {
			t.Errorf("the audit log tells of %s", text)
		}
	})
}

// TestWhoeverAnswersAloneIsNamed: an owner who sends by themselves gives the reason in the
// form; it is on record before the campaign leaves.
func TestWhoeverAnswersAloneIsNamed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTown(t, db)
		w.silent("shizuka@example.jp")
		one := "/admin/campaigns/" + w.draft.PublicID()
		owner, before := w.owner(i18n.Ja), w.reload(w.draft)
		form := func(answers string) []string {
			return []string{"when", "now", "hold", "60", "seen", version(before.UpdatedAt), "amber", "1", "reason", "年末の最終案内", "answers", answers}
		}
		// A page from before the warning: it is shown, and the box is to be ticked again.
		a := owner.post(one+"/send", form("campaign.guard.size")...).is(http.StatusUnprocessableEntity).sound().has(
			"この画面に出ていなかった指摘", "12か月以上、反応も取引もない方です", "年末の最終案内").lacks("checked value=\"1\"", `value="1" checked`)
		if got := w.reload(w.draft); got.State != campaign.Draft {
			t.Fatalf("sent in spite of a warning that was not shown: %s", got.State)
		}
		owner.post(one+"/send", form(hiddenField(a.body, "answers"))...).is(http.StatusOK)
		if got := w.reload(w.draft); got.State != campaign.Holding {
			t.Fatalf("answered, and %s", got.State)
		}
		got, err := w.post.campaigns.Approvals(w.Context(), w.db, before)
		if err != nil || len(got) != 1 || got[0].Reason != "年末の最終案内" || got[0].By != w.operator(ownerMail).ID {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

// TestWhyTheProgramPausedACampaignIsTold shows the rule for which a campaign rests that
// could not leave from an installation without https.
func TestWhyTheProgramPausedACampaignIsTold(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTown(t, db)
		w.write(func(tx *store.Tx) error {
			_, err := tx.Exec(w.Context(), `UPDATE campaign SET state = 'paused', parked = 'ID-04', kilobytes = 0 WHERE id = ?`, w.draft.ID)
			return err
		})
		one := "/admin/campaigns/" + w.draft.PublicID()
		w.owner(i18n.Ja).get("/admin/campaigns/"+w.sent.PublicID()).has("1通あたり約", "個人ごとの計測はありません")
		w.owner(i18n.Ja).get(one).is(http.StatusOK).sound().has("自動で一時停止しました", "公開URLが https ではない", "RFC 8058", "測っていません")
		w.owner(i18n.En).get(one).is(http.StatusOK).sound().has("Paused by the program", "The public address is not https", "RFC 8058", "Not measured")
	})
}
