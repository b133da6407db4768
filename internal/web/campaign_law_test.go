package web

import (
	"net/http"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/browsertest"
	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// rewrite changes what a draft says behind the pages.
func (w *town) rewrite(change func(*campaign.Content)) {
	w.Helper()
	now := w.reload(w.draft)
	content := now.Content
	change(&content)
	if _, err := w.post.campaigns.Edit(w.Context(), w.by(), now, content, time.Now()); err != nil {
		w.Fatal(err)
	}
}

// TestRulesOfWritingReachPeople shows a block and a warning of the law while writing,
// in both languages, with citation, kind and certainty, and does their repairs.
func TestRulesOfWritingReachPeople(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTown(t, db)
		ja, en := w.owner(i18n.Ja), w.owner(i18n.En)
		one := "/admin/campaigns/" + w.draft.PublicID()
		shop := compose.Document{Blocks: []compose.Block{{Type: compose.TextBlock, Text: "ご注文ありがとうございます。"}, {Type: compose.AdBlock, Text: "新商品のご案内"}}}
		w.rewrite(func(c *campaign.Content) {
			c.Class, c.Subject, c.Kind, c.Body = compose.ConsentRequest, "未承諾広告※ ご案内", compose.Blocks, shop.Encode()
		})
		ja.get(one+"/write").is(http.StatusOK).sound().has("同意をお願いするメールに、広告や画像が含まれています", "29 U 1682/12", "COL-10", "ガイドライン", "未確認",
			"「未承諾広告※」が付いています", "LBL-12", `value="law remove_mark LBL-12"`, `value="law remove_ads COL-10"`)
		en.get(one+"/write").is(http.StatusOK).sound().has("asks for a permission contains advertising", "OLG München", "Guideline", "not verified", "belongs to a system that ended in 2008")
		en.get(one + "/send").is(http.StatusOK).has("COL-10").lacks(`name="when"`)

		write := func(v *visitor, repair string) answer {
			a := v.get(one + "/write")
			now := w.reload(w.draft)
			form := []string{"name", now.Name, "subject", now.Subject, "seen", hiddenField(a.body, "seen"), "repair", repair}
			doc, _ := compose.ParseDocument(now.Body)
			for i, b := range doc.Blocks {
				at := "body/blocks/" + string(rune('0'+i)) + "/"
				form = append(form, at+"type", string(b.Type), at+"text", b.Text)
			}
			return v.post(one+"/repair", form...)
		}
		write(ja, "law remove_mark LBL-12").is(http.StatusOK).sound().has("取り除きました").lacks("LBL-12")
		write(en, "law remove_ads COL-10").is(http.StatusOK).sound().has("The ad blocks were removed").lacks("COL-10")
		if now := w.reload(w.draft); now.Subject != "ご案内" || len(now.Body) == len(shop.Encode()) {
			t.Errorf("after the repairs: %q, %s", now.Subject, now.Body)
		}
		write(ja, "law remove_mark LBL-12").is(http.StatusOK).has("この方法で直せるものはありません")

		w.rewrite(func(c *campaign.Content) { c.Class, c.Body = compose.Tx, shop.Encode() })
		ja.get(one+"/write").has("取引メールやお知らせに、広告", "SCOPE-02", `value="law fix_class SCOPE-02"`)
		write(ja, "law fix_class SCOPE-02").is(http.StatusOK).has("種別を変更しました").lacks("SCOPE-02")
		if now := w.reload(w.draft); now.Class != compose.TxWithIncidentalAd {
			t.Errorf("the class is %s", now.Class)
		}
		w.rewrite(func(c *campaign.Content) { c.Class = "" })
		ja.get(one+"/write").has("種別が決まっていません", "SCOPE-01", one+"/class")
		a := en.get(one + "/class").is(http.StatusOK).sound()
		en.post(one+"/class", "seen", hiddenField(a.body, "seen"), "asks", "no", "needed", "yes").is(http.StatusUnprocessableEntity)
		en.post(one+"/class", "seen", hiddenField(a.body, "seen"), "asks", "no", "needed", "no", "promotes", "mainly").is(http.StatusOK).has("Advertising").lacks("SCOPE-01")
		ja.get("/admin/audit").is(http.StatusOK).has("配信前チェックの指摘を修正")
	})
}

// TestASecondPersonApprovesInABrowser is the way of a marketer who must ask, and of the
// legal officer who answers with a reason.
func TestASecondPersonApprovesInABrowser(t *testing.T) {
	t.Parallel()
	w := newTown(t, storetest.SQLite(t))
	policy := campaign.Policy{Every: true, Role: account.Legal, Times: 10, Hold: time.Minute}
	if err := w.post.campaigns.SetPolicy(w.Context(), w.by(), w.workspace.ID, policy, time.Now()); err != nil {
		t.Fatal(err)
	}
	legal := w.member(account.Legal)
	for _, lang := range i18n.Langs() {
		w.rewrite(func(c *campaign.Content) {
			c.Subject, c.Body = "未承諾広告※ ご案内 "+string(lang), "こんにちは。\n"
		})
		one := "/admin/campaigns/" + w.draft.PublicID()
		p := w.signedIn(lang)
		p.Go(w.server.URL + "/admin/settings/campaigns")
		p.Axe()
		picture(p, string(lang)+"-policy")
		p.Go(w.server.URL + one + "/class")
		p.Axe()
		picture(p, string(lang)+"-class")
		p.Go(w.server.URL + one + "/write")
		p.WaitFor(`button[value="law remove_mark LBL-12"]`)
		p.Axe()
		picture(p, string(lang)+"-law-findings")
		p.Follow(`button[value="law remove_mark LBL-12"]`)
		p.Follow(`.page-head button[value="send"]`)
		p.Axe()
		picture(p, string(lang)+"-second-person")
		p.Follow(`button[value^="law request_approval"]`)
		p.Go(w.server.URL + one)
		if n := count(p, `form[action$="/approve"]`); n != 0 {
			t.Errorf("%s: the author may approve", lang)
		}
		a := legal.get(one).is(http.StatusOK).sound().has("承認を依頼されています")
		legal.post(one+"/approve", "seen", hiddenField(a.body, "seen"), "answers", hiddenField(a.body, "answers"), "reason", " ").is(http.StatusUnprocessableEntity).has("理由を500文字以内")
		legal.post(one+"/approve", "seen", hiddenField(a.body, "seen"), "answers", hiddenField(a.body, "answers"), "reason", "文面と宛先を確認").is(http.StatusOK).has("承認済み", "文面と宛先を確認")
		p.Go(w.server.URL + one + "/send")
		p.Axe()
		picture(p, string(lang)+"-second-person-approved")
		p.Follow(".button-big")
		p.WaitFor(`form[action$="/recall"]`) // the company's hold
		p.Follow(`form[action$="/recall"] button`)
	}
}

// count is how many elements a page has.
func count(p *browsertest.Page, selector string) (n int) {
	p.Eval("document.querySelectorAll("+"`"+selector+"`"+").length", &n)
	return n
}
