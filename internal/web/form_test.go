package web

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/collect"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// fields are all inputs of a page's editing form, as a browser would post them.
func fields(a answer) []string {
	var list []string
	for _, in := range inputs(a.body) {
		list = append(list, in.name, in.value)
	}
	return list
}

// with replaces the value of an input, or adds one.
func with(list []string, name, value string) []string {
	out := append([]string(nil), list...)
	for i := 0; i < len(out); i += 2 {
		if out[i] == name {
			out[i+1] = value
			return out
		}
	}
	return append(out, name, value)
}

// less takes an input away.
func less(list []string, name string) (out []string) {
	for i := 0; i < len(list); i += 2 {
		if list[i] != name {
			out = append(out, list[i], list[i+1])
		}
	}
	return out
}

func TestFormFromPresetToPublished(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTown(t, db)
		w.write(func(tx *store.Tx) error {
			_, err := w.people.log.AddWording(t.Context(), tx, consent.Wording{Workspace: w.workspace.ID, Kind: consent.WordingPurpose, Key: "mail", TextJa: "配信に利用します。", TextEn: "To send mail."}, time.Now())
			return err
		})
		v := w.owner(i18n.Ja)
		v.post("/admin/forms/new", "preset", "newsletter", "name", "x", "slug", "A B").is(http.StatusUnprocessableEntity).sound().has("半角")
		v.post("/admin/forms/new", "preset", "newsletter", "name", "x", "slug", "letter").is(http.StatusUnprocessableEntity).sound() // taken
		v.post("/admin/forms/new", "preset", "magic", "name", "x", "slug", "y").is(http.StatusUnprocessableEntity).sound()
		a := v.post("/admin/forms/new", "preset", "newsletter", "name", "会員登録", "slug", "members").is(http.StatusOK).sound().has("月刊みどり通信", "同意文")
		one := strings.TrimSuffix(a.url.Path, "/edit")
		v.get(one).is(http.StatusOK).sound().has("要修正", "disabled", one+"/edit#offers[0].wording")
		v.post(one + "/publish").is(http.StatusUnprocessableEntity).sound().has("要修正")
		typed := with(fields(a), "offers[0].wording", "newsletter")
		a = v.post(one+"/edit", append(typed, "act", "add:select")...).is(http.StatusOK).sound().has(`name="fields[2].choices"`, "変更はまだ保存されていません")
		typed = with(fields(a), "fields[2].choices", "a | 甲 | A\r\nb\r\n\r\n")
		a = v.post(one+"/edit", append(typed, "act", "up:fields[2]")...).is(http.StatusOK).sound()
		typed = fields(a)
		v.post(one+"/preview", append(typed, "preview_lang", "ja")...).is(http.StatusOK).has("reader.css", "月刊みどり通信の配信を希望します。", `<option value="a">甲</option>`).lacks("<script")
		v.post(one+"/look", typed...).is(http.StatusOK).has("このまま公開できます").lacks("<html")
		v.post(one+"/edit", with(typed, "fields[0].name", "Bad Name")...).is(http.StatusUnprocessableEntity).sound().has(`id="fields[0].name-error"`)
		v.post(one+"/edit", with(typed, "policy_url", "javascript:alert(1)")...).is(http.StatusUnprocessableEntity).sound().has(`id="policy_url-error"`)
		v.post(one+"/edit", with(typed, "offers[0].topic", "tpc_2222222222222")...).is(http.StatusUnprocessableEntity).sound()
		v.post(one+"/edit", with(typed, "seen", "1")...).is(http.StatusUnprocessableEntity).sound()
		for _, act := range []string{"add:magic", "up:fields[99]", "offer:x", "boo", "up:fields[-1]"} {
			v.post(one+"/edit", append(typed, "act", act)...).is(http.StatusUnprocessableEntity)
		}
		v.post(one+"/edit", typed...).is(http.StatusOK).at(one + "/edit").sound().has("新しい版を保存しました")
		a = v.post(one+"/publish").is(http.StatusOK).at(one+"/embed").sound().
			has("公開しました", "/f/members", "data:image/png;base64,", "widget.js", "data-mode=&#34;popup&#34;", "action=&#34;"+w.server.URL+"/f/members")
		v.get(one+"/versions").is(http.StatusOK).sound().has("第2版", "公開中")
		form, err := w.post.desk.LiveBySlug(t.Context(), db, "members")
		if err != nil || len(form.Version.Spec.Fields) != 3 || form.Version.Spec.Fields[1].Kind != collect.SelectField || len(form.Version.Spec.Fields[1].Choices) != 2 {
			t.Fatalf("published %+v, %v", form.Version.Spec, err)
		}
		typed = fields(v.get(one + "/edit"))
		v.post(one+"/edit", with(typed, "offers[0].mode", "single")...).is(http.StatusUnprocessableEntity).sound() // the topic demands double opt-in
		v.post(one+"/edit", append(less(typed, "langs"), "act", "remove:offers[0]")...).is(http.StatusOK).sound().has("追加")
		v.get(one).has("公開中").lacks("未公開の変更")
		v.get(one + "/archive").is(http.StatusOK).sound()
		v.post(one + "/archive").is(http.StatusOK).at("/admin/forms").sound().has("公開を終了しました")
		v.post(one+"/edit", typed...).is(http.StatusUnprocessableEntity)
	})
}

func TestFormHandsOutADocument(t *testing.T) {
	t.Parallel()
	w := newTown(t, storetest.SQLite(t))
	v := w.owner(i18n.En)
	a := v.post("/admin/forms/new", "preset", "white_paper", "name", "Guide", "slug", "guide").is(http.StatusOK).sound().has("Store the document")
	one := strings.TrimSuffix(a.url.Path, "/edit")
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	part, err := m.CreateFormFile("file", "../手引き.pdf")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write([]byte("%PDF-1.7"))
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.server.URL+one+"/file", &body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", m.FormDataContentType())
	a = v.do(req).is(http.StatusOK).at(one + "/edit").sound().has("手引き.pdf")
	typed := fields(a)
	v.post(one+"/edit", with(typed, "title.ja", "手引き")...).is(http.StatusOK).has("手引き.pdf") // the file stays
	v.post(one+"/edit", with(fields(v.get(one+"/edit")), "asset.url", "https://midori.example/guide.pdf")...).is(http.StatusOK).lacks("手引き.pdf")
	v.post(w.path("/admin/forms/{frm}/file")).is(http.StatusForbidden) // no form for documents
}
