package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// A block and a warning of the law reach whoever makes a form, in both languages, with
// the source; the warning asks for a reason and then lets the form out.
func TestTheLawOfFormsReachesPeople(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTown(t, db)
		const wording = "use"
		open := w.news
		open.ID, open.Key, open.DoubleOptIn = 0, "loose", false
		w.write(func(tx *store.Tx) (err error) {
			if open, err = w.people.log.CreateTopic(t.Context(), tx, open, time.Now()); err != nil {
				return err
			}
			_, err = w.people.log.AddWording(t.Context(), tx, consent.Wording{
				Workspace: w.workspace.ID, Kind: consent.WordingPurpose, Key: wording, TextJa: "ご案内のために使います。", TextEn: "We use it for news.",
			}, time.Now())
			return err
		})
		for lang, words := range map[i18n.Lang]map[string][]string{
			i18n.Ja: {"block": {"利用目的が、送信ボタンより前に示されていません", "個人情報保護法 第21条第2項", "法令"}, "warn": {"ダブルオプトインを使っていません", "特定電子メールの送信等に関するガイドライン", "COL-08", "公開する理由"}},
			i18n.En: {"block": {"purpose of use is not shown", "Act on the Protection of Personal Information, Art. 21(2)", "Statute"}, "warn": {"Double opt-in is off", "MIC/CAA guideline", "COL-08", "Why it is published"}},
		} {
			v := w.owner(lang)
			a := v.post("/admin/forms/new", "preset", "prize", "name", "抽選 "+string(lang), "slug", "draw-"+string(lang)).is(http.StatusOK).sound()
			one := strings.TrimSuffix(a.url.Path, "/edit")
			a = v.post(one+"/edit", with(fields(a), "purpose", "")...).is(http.StatusOK).has(words["block"]...)
			v.post(one + "/publish").is(http.StatusUnprocessableEntity).sound().has(words["block"]...)
			typed := with(with(fields(v.get(one+"/edit")), "purpose", wording), "policy_url", "https://midori.example/privacy")
			a = v.post(one+"/edit", append(typed, "act", "offer:"+store.Public(topicPrefix, open.ID))...)
			offer := "offers[0]"
			if strings.Contains(a.body, `name="offers[1].topic"`) {
				offer = "offers[1]"
			}
			typed = with(with(with(fields(a), "offers[0].wording", "newsletter"), offer+".wording", "newsletter"), offer+".mode", "single")
			v.post(one+"/edit", typed...).is(http.StatusOK)
			v.get(one).is(http.StatusOK).sound().has(words["warn"]...)
			v.post(one + "/publish").is(http.StatusUnprocessableEntity).sound().has(`id="reason-error"`)
			v.post(one+"/publish", "reason", "会場で本人を確かめるため").is(http.StatusOK).at(one + "/embed")
		}
		if _, reason := w.audited("form.publish"); reason != "会場で本人を確かめるため" {
			t.Errorf("the audit log keeps the reason %q", reason)
		}
	})
}

func TestTransmissionAndComplaintPages(t *testing.T) {
	t.Parallel()
	w := newTown(t, storetest.SQLite(t))
	for _, lang := range i18n.Langs() {
		v := w.owner(lang)
		v.post(transmissionPath, "scope", "nowhere", "act", "save").is(http.StatusUnprocessableEntity).sound()
		v.post(transmissionPath, "scope", "in", "act", "publish", "tags[0].name", "解析", "tags[0].party", "解析社", "tags[0].content.ja", "見たページ",
			"tags[0].purpose.ja", "改善のため", "opt_out", "1", "points[0]", "講じています").is(http.StatusOK).sound().has("解析社", "講じています", "/transmission")
		v.post(complaintsPath, "via", "mail", "body", " ").is(http.StatusUnprocessableEntity).sound().has(`id="body-error"`)
		v.post(complaintsPath, "via", "mail", "body", "届く回数が多い").is(http.StatusOK).sound().has("届く回数が多い")
	}
}
