package web

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/campaign"
	"github.com/kyodaku/kyodaku/internal/compose"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

func TestPagesAboutMailInBothLanguages(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTown(t, db)
		for _, lang := range i18n.Langs() {
			v := w.owner(lang)
			for _, path := range shownPost {
				v.get(w.path(path)).is(http.StatusOK).sound()
			}
			for _, path := range framed {
				a := v.get(w.path(path)).is(http.StatusOK)
				if csp := a.header.Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors 'self'") || !strings.Contains(csp, "sandbox") ||
					!strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "script") {
					t.Errorf("%s: policy %q", path, csp)
				}
			}
		}
	})
}

// TestCampaignFromDraftToReport is the way of a marketer without script.
func TestCampaignFromDraftToReport(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTown(t, db)
		v := w.owner(i18n.Ja)
		profile := store.Public(account.ProfilePrefix, w.news.Profile)
		about := []string{"name", "夏の特集", "topic", store.Public(topicPrefix, w.news.ID), "profile", profile, "class", "ad", "lang", "ja"}
		a := v.post("/admin/campaigns/new", append(about, "kind", "markdown")...).is(http.StatusOK).sound().has("件名が空です", "本文が空です")
		one := a.url.Path[:len(a.url.Path)-len("/write")]
		text := append(about, "subject", "①夏のご案内", "preheader", "", "body", "{{ contact.name }}様\r\n\r\nこんにちは。\r\n", "seen", hiddenField(a.body, "seen"))
		v.post(one+"/check", text...).is(http.StatusOK).has("敬称をタグに入れる", "文字を置き換える", `value="use_honorific body 1 1"`).lacks("<html")
		v.post(one+"/preview", text...).is(http.StatusOK).has("見本 花子様", "株式会社みどり商会")
		v.post(one+"/preview", append(text, "view", "text", "as", "nameless")...).is(http.StatusOK).has("<pre", "こんにちは").lacks("見本")
		a = v.post(one+"/repair", append(text, "repair", "use_honorific body 1 1")...).is(http.StatusOK).at(one + "/write").sound().
			has(`{{ contact.name | honorific: &#34;様&#34;, &#34;お客様&#34; }}`).lacks("敬称をタグに入れる")
		v.post(one+"/write", text...).is(http.StatusUnprocessableEntity).sound().has("①夏のご案内") // what was seen is old
		text[len(text)-1] = hiddenField(a.body, "seen")
		text[len(about)+1], text[len(about)+5] = "夏のご案内", "{{ contact.name | honorific: \"様\", \"お客様\" }}\n\nこんにちは。"
		v.post(one+"/write", append(text, "act", "send")...).is(http.StatusOK).at(one+"/send").sound().
			has("問題は見つかりませんでした", "人に配信する", "特定電子メール法", "OUT-01")
		v.post(one + "/test").is(http.StatusOK).at(one + "/send").has("テストメールを送りました")
		a = v.get(one + "/send")
		for _, bad := range [][]string{
			{"when", "now", "hold", "x"}, {"when", "later", "at", "2020-01-01T10:00", "hold", "5"}, {"when", "never", "hold", "5"}, {"when", "now", "hold", "99999"},
		} {
			v.post(one+"/send", append(bad, "seen", hiddenField(a.body, "seen"))...).is(http.StatusUnprocessableEntity).sound()
		}
		v.post(one+"/send", "when", "now", "hold", "5", "seen", "1").is(http.StatusUnprocessableEntity)
		a = v.post(one+"/send", "when", "now", "hold", "5", "seen", hiddenField(a.body, "seen")).is(http.StatusOK).at(one).sound().has("まもなく配信します", "下書きに戻す", "data-until")
		v.post(one + "/recall").is(http.StatusOK).at(one).sound().has("下書きに戻しました")
		a = v.get(one + "/send")
		tomorrow := time.Now().In(w.workspace.Location()).Add(24 * time.Hour).Format(clockForm)
		v.post(one+"/send", "when", "later", "at", tomorrow, "hold", "0", "seen", hiddenField(a.body, "seen")).is(http.StatusOK).has("配信を予約しています")
		v.post(one + "/pause").is(http.StatusOK).has("一時停止中です")
		v.post(one + "/resume").is(http.StatusOK).has("配信を予約しています") // not before its time
		v.post(one + "/recall").is(http.StatusOK)
		a = v.get(one + "/send")
		v.post(one+"/send", "when", "now", "hold", "0", "seen", hiddenField(a.body, "seen")).is(http.StatusOK).at(one)
		id, err := store.ParsePublic(campaign.Prefix, one[len("/admin/campaigns/"):])
		if err != nil {
			t.Fatal(err)
		}
		w.await(campaign.Campaign{ID: id, Workspace: w.workspace.ID}, campaign.Done)
		v.get(one).is(http.StatusOK).sound().has("配信が完了しました", "data-done", "送らなかった理由", "people?outcome=withheld&amp;rule=OUT-01", "<svg")
		v.get(one+"/progress").is(http.StatusOK).has("data-done", "届いた").lacks("<html")
		people := v.get(one+"/people?outcome=withheld&rule=OUT-01").is(http.StatusOK).sound().has("高橋 三郎", "saburo@example.jp", "特定電子メール法")
		person := linkTo(people.body, one+"/people/msg_")
		v.get(person).is(http.StatusOK).sound().has("高橋 三郎", "送信は行われていません", "/events/evt_")
		reached := v.get(linkTo(v.get(one+"/people").is(http.StatusOK).body, one+"/people/msg_")).is(http.StatusOK).sound().has("250 2.0.0 kept", "1回目")
		v.get(reached.url.Path+"/letter").is(http.StatusOK).has("様", "こんにちは。")
		v.get(one + "/people?outcome=lost").is(http.StatusNotFound)
		v.get(one + "/people/msg_2222222222222").is(http.StatusNotFound)
		v.post(one+"/write", text...).is(http.StatusForbidden)
		v.get(one + "/cancel").is(http.StatusForbidden)
		v.post(one + "/cancel").is(http.StatusForbidden)
		v.post(one + "/copy").is(http.StatusOK).sound().has("夏の特集（コピー）")
	})
}

// hiddenField is the value of a hidden input.
func hiddenField(body, name string) string {
	_, rest, _ := strings.Cut(body, `name="`+name+`" value="`)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// linkTo is the first link that begins like this.
func linkTo(body, prefix string) string {
	_, rest, _ := strings.Cut(body, `href="`+prefix)
	tail, _, _ := strings.Cut(rest, `"`)
	return prefix + tail
}

func TestBlocksAreArrangedByButtons(t *testing.T) {
	t.Parallel()
	w := newTown(t, storetest.SQLite(t))
	v := w.owner(i18n.En)
	one := "/admin/campaigns/" + w.draft.PublicID()
	a := v.get(one + "/write")
	text := func(more ...string) []string {
		return append([]string{"name", w.draft.Name, "subject", "s", "seen", hiddenField(a.body, "seen")}, more...)
	}
	a = v.post(one+"/write", text("body", "Hello", "act", "blocks")...).is(http.StatusOK).sound().has(`name="body/blocks/0/text"`, "Hello")
	a = v.post(one+"/write", text("body/blocks/0/type", "text", "body/blocks/0/text", "Hello\r\nyou", "act", "add:columns:body/blocks")...).is(http.StatusOK).sound()
	all := []string{"body/blocks/0/type", "text", "body/blocks/0/text", "Hello\r\nyou", "body/blocks/1/type", "columns"}
	a = v.post(one+"/write", text(append(all, "act", "add:list:body/blocks/1/columns/1")...)...).is(http.StatusOK).sound().has(`name="body/blocks/1/columns/1/0/items"`)
	all = append(all, "body/blocks/1/columns/1/0/type", "list", "body/blocks/1/columns/1/0/items", "one\r\n\r\n two ", "body/blocks/1/columns/1/0/ordered", "1")
	a = v.post(one+"/write", text(append(all, "act", "up:body/blocks/1")...)...).is(http.StatusOK).sound()
	doc, err := compose.ParseDocument(w.reload(w.draft).Body)
	if err != nil || len(doc.Blocks) != 2 || doc.Blocks[0].Type != compose.ColumnsBlock || doc.Blocks[1].Text != "Hello\nyou" {
		t.Fatalf("blocks %+v, %v", doc, err)
	}
	if list := doc.Blocks[0].Columns[1][0]; len(list.Items) != 2 || list.Items[1] != "two" || !list.Ordered {
		t.Errorf("list %+v", list)
	}
	v.get(one+"/preview").is(http.StatusOK).has("<ol", "two", "Hello")
	before := w.reload(w.draft).Body
	for _, act := range []string{"add:script:body/blocks", "add:columns:body/blocks/0/columns/0", "up:body/blocks/9", "up:x", "remove", "sink:body/blocks/0", "add:text:body/blocks/7/columns/0", "blocks"} {
		v.post(one+"/write", text("body/blocks/0/type", "text", "body/blocks/0/text", "x", "act", act)...).is(http.StatusUnprocessableEntity)
	}
	if w.reload(w.draft).Body != before {
		t.Error("an act that does not exist changed the draft")
	}
	a = v.get(one + "/write")
	a = v.post(one+"/write", text("body/blocks/0/type", "image", "body/blocks/0/width", "wide", "body/blocks/1/type", "text", "body/blocks/1/text", "good", "act", "copy:body/blocks/1")...).is(http.StatusOK).sound().
		has("Describe the image", "Body, block 1", `href="#body/blocks/0/alt"`)
	v.get(one + "/preview").is(http.StatusOK).has("good").lacks("<img") // what is unfinished is left out
	v.get(one + "/send").is(http.StatusOK).sound().has("red finding").lacks(`name="when"`)
	v.post(one+"/send", "when", "now", "hold", "0", "seen", hiddenField(a.body, "seen")).is(http.StatusUnprocessableEntity)
	v.post(one + "/test").at(one + "/write").has("could not be sent")
	if got := w.reload(w.draft); got.State != campaign.Draft {
		t.Errorf("a campaign with a red finding is %s", got.State)
	}
}

func TestCampaignBadInput(t *testing.T) {
	t.Parallel()
	w := newTown(t, storetest.SQLite(t))
	v := w.owner(i18n.Ja)
	w.draft = w.reload(w.draft)
	one := "/admin/campaigns/" + w.draft.PublicID()
	seen := hiddenField(v.get(one+"/write").body, "seen")
	for name, values := range map[string][]string{
		"no name":          {"name", ""},
		"a break":          {"subject", "a\r\nBcc: x@example.jp"},
		"a stranger":       {"topic", "tpc_2222222222222"},
		"no topic":         {"topic", "x"},
		"no class":         {"class", "spam"},
		"no language":      {"lang", "fr"},
		"a strange sender": {"profile", "snd_2222222222222"},
		"a large body":     {"body", strings.Repeat("あ", 200_000)},
	} {
		v.post(one+"/write", append(values, "seen", seen)...).is(http.StatusUnprocessableEntity)
		if got := w.reload(w.draft); got.UpdatedAt != w.draft.UpdatedAt {
			t.Errorf("%s was stored", name)
		}
	}
	v.post(one+"/repair", "repair", "add_alt body 1 1", "seen", seen).is(http.StatusUnprocessableEntity)
	v.post(one+"/repair", "repair", "add_fallback body 99 1", "seen", seen).is(http.StatusOK).has("修正は行いませんでした")
	v.get("/admin/campaigns/cmp_2222222222222").is(http.StatusNotFound).sound()
	v.get("/admin/campaigns?after=x").is(http.StatusNotFound)
	v.post("/admin/campaigns/new", "name", "x").is(http.StatusUnprocessableEntity).sound()
}

func TestCampaignsByRole(t *testing.T) {
	t.Parallel()
	w := newTown(t, storetest.SQLite(t))
	draft, sent := "/admin/campaigns/"+w.draft.PublicID(), "/admin/campaigns/"+w.sent.PublicID()
	form, mail := w.path("/admin/forms/{frm}"), w.path("/admin/caught/{cgt}")
	for _, tt := range []struct {
		role                             account.Role
		write, send, people, forms, mail bool
	}{
		{account.Marketer, true, true, true, true, true},
		{account.Legal, false, false, true, false, false},
		{account.Viewer, false, false, true, false, false},
	} {
		v := w.member(tt.role)
		status := func(ok bool) int {
			if ok {
				return http.StatusOK
			}
			return http.StatusForbidden
		}
		v.get("/admin/").is(http.StatusOK).sound()
		v.get("/admin/campaigns").is(http.StatusOK).sound()
		v.get(sent).is(http.StatusOK).sound()
		v.get(draft).is(http.StatusOK).sound()
		v.get(draft + "/write").is(status(tt.write))
		v.post(draft + "/check").is(status(tt.write))
		v.get(draft + "/send").is(status(tt.send))
		v.get(form).is(http.StatusOK).sound()
		v.get(form + "/edit").is(status(tt.forms))
		v.get(mail).is(status(tt.mail))
		people := v.get(sent + "/people").is(status(tt.people))
		if tt.role == account.Viewer {
			people.lacks("hanako.sato@aozora.example").has("h•••@aozora.example")
		}
		if !tt.send {
			before := w.reload(w.draft)
			for _, act := range []string{"/send", "/test", "/pause", "/resume", "/cancel", "/recall", "/copy", "/write", "/repair"} {
				v.post(draft+act, "when", "now", "hold", "0", "seen", strconv.FormatInt(store.Micros(before.UpdatedAt), 10)).is(http.StatusForbidden)
			}
			if after := w.reload(w.draft); after.State != before.State || after.UpdatedAt != before.UpdatedAt {
				t.Errorf("%s changed the draft", tt.role)
			}
			for _, act := range []string{"/edit", "/publish", "/archive", "/preview", "/look"} {
				v.post(form + act).is(http.StatusForbidden)
			}
		}
	}
	v := w.visitor(i18n.Ja)
	for _, path := range append(shownPost, framed...) {
		v.get(w.path(path)).at("/admin/sign-in")
	}
}

func TestStretchIsRound(t *testing.T) {
	t.Parallel()
	for whole, want := range map[time.Duration]time.Duration{
		0: time.Minute, 40 * time.Minute: time.Minute, 41 * time.Minute: 2 * time.Minute, 24 * time.Hour: time.Hour, 90 * 24 * time.Hour: 24 * time.Hour,
	} {
		if got := stretch(whole); got != want {
			t.Errorf("%s in stretches of %s, want %s", whole, got, want)
		}
	}
}

// TestAmberFindingsNeedSomebodyWhoMay has a marketer send what only a legal officer
// or an owner may answer for.
func TestAmberFindingsNeedSomebodyWhoMay(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTown(t, db)
		marketer, legal, owner := w.member(account.Marketer), w.member(account.Legal), w.owner(i18n.En)
		one := "/admin/campaigns/" + w.draft.PublicID()
		amber := func() {
			now := w.reload(w.draft)
			content := now.Content
			content.Body = "{{ contact.family_name }}\n\n" + greeting
			if _, err := w.post.campaigns.Edit(t.Context(), w.by(), now, content, time.Now()); err != nil {
				t.Fatal(err)
			}
		}
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
		amber()
		marketer.get(one+"/send").is(http.StatusOK).sound().has("オーナーの承認が必要").lacks(`name="amber"`, `name="when"`)
		send(marketer, "amber", "1").is(http.StatusUnprocessableEntity)
		draft("a tick of the marketer")
		marketer.post(one+"/approve", "reason", "校正済み", "seen", version(w.reload(w.draft).UpdatedAt)).is(http.StatusForbidden)
		marketer.get(one).is(http.StatusOK).lacks("/approve")
		send(owner).is(http.StatusUnprocessableEntity)
		draft("an owner who has not read them")

		a := legal.get(one).is(http.StatusOK).sound().has("/approve")
		old := hiddenField(a.body, "seen")
		amber() // somebody writes meanwhile
		approve := func(seen string) answer {
			return legal.post(one+"/approve", "seen", seen, "answers", hiddenField(a.body, "answers"), "reason", "校正済み")
		}
		approve(old).is(http.StatusConflict)
		legal.post(one+"/approve", "reason", "校正済み", "seen", version(w.reload(w.draft).UpdatedAt)).is(http.StatusUnprocessableEntity).sound().has("この画面に出ていなかった指摘", "校正済み")
		approve(version(w.reload(w.draft).UpdatedAt)).is(http.StatusOK).has("承認済み").lacks(one + "/approve")
		marketer.get(one+"/send").is(http.StatusOK).sound().has("承認されています", `name="when"`)
		amber()
		send(marketer, "amber", "1").is(http.StatusUnprocessableEntity)
		draft("an approval of an earlier text")
		approve(version(w.reload(w.draft).UpdatedAt)).is(http.StatusOK)
		send(marketer).is(http.StatusOK)
		if got := w.reload(w.draft); got.State != campaign.Holding {
			t.Errorf("approved, and %s", got.State)
		}
		owner.get("/admin/audit").is(http.StatusOK).has("Amber findings approved")
	})
}
