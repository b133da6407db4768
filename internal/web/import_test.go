package web

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/text/encoding/japanese"

	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// upload posts a file as a browser does.
func (v *visitor) upload(path, name string, body []byte) answer {
	v.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	if name != "" {
		part, err := form.CreateFormFile("file", name)
		if err != nil {
			v.Fatal(err)
		}
		if _, err := part.Write(body); err != nil {
			v.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		v.Fatal(err)
	}
	req, err := http.NewRequestWithContext(v.Context(), http.MethodPost, v.server.URL+path, &b)
	if err != nil {
		v.Fatal(err)
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	return v.do(req)
}

func cp932(t *testing.T, text string) []byte {
	t.Helper()
	b, err := japanese.ShiftJIS.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestImportStory(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newVillage(t, db)
		v := h.owner(i18n.Ja)
		mapping := v.upload("/admin/imports/new", `C:\temp\..\展示会.csv`, cp932(t, someList)).is(http.StatusOK).sound()
		mapping.has("Shift_JIS", "カンマ区切り", "展示会.csv", "shiro@umikaze.example", "半角で入力してください", "会員ランク").lacks(`C:\temp`)
		path := mapping.url.Path

		columns := []string{
			"column_0", "family_name", "column_1", "given_name", "column_2", "kana", "column_3", "company", "column_4", "email", "column_5", "",
		}
		bad := v.post(path, append(columns, "origin", "purchased", "source", "名刺交換", "at", "きのう")...).is(http.StatusUnprocessableEntity).sound()
		bad.has(`id="at-error"`, `value="名刺交換"`)
		bad = v.post(path, append(columns, "origin", "purchased", "source", "名刺交換")...).is(http.StatusUnprocessableEntity).sound()
		bad.has(`id="origin-error"`, `id="basis-error"`, `id="at-error"`, `id="evidence-error"`, `id="topics-error"`, `value="名刺交換"`)
		twice := append([]string{"column_0", "email"}, columns[2:]...)
		v.post(path, append(twice, "origin", "own")...).is(http.StatusUnprocessableEntity).sound().has(`id="column_4-error"`, "どちらかを")

		good := append(columns, "origin", "own", "purpose", "ads", "basis", "B1", "source", "展示会で記入", "at", "2026-04-10", "evidence", "用紙1-4", "topics", store.Public(topicPrefix, h.news.ID))
		dry := v.post(path, good...).is(http.StatusOK)
		v.until(dry.url.Path, `action="`+dry.url.Path+`/start"`).sound().has("2件を取り込む", "取り込めなかった理由", "停止のまま", "展示会で記入")
		if a := v.get("/admin/contacts?q=tanaka"); strings.Contains(a.body, "田中") {
			t.Error("a dry run imported somebody")
		}
		if n, _ := h.audited("contact.import"); n != 0 {
			t.Error("a dry run stands in the audit log")
		}
		v.get(dry.url.Path + "/progress").is(http.StatusOK).has("data-done").lacks("<html")

		real := v.post(dry.url.Path + "/start").is(http.StatusOK)
		v.until(real.url.Path, "取り込みが終わりました").sound().has(`href="/admin/contacts"`)
		v.post(real.url.Path + "/start").is(http.StatusForbidden)
		v.get("/admin/imports").is(http.StatusOK).sound().has("展示会.csv", "試行", "完了")
		v.get(v.person("shiro@umikaze.example")).is(http.StatusOK).has("送れます", "展示会.csv の2行目")
		if no := h.permission("saburo@example.jp"); no == nil {
			t.Error("an import made a refusal undone")
		}
		if n, reason := h.audited("contact.import"); n != 1 || reason != "展示会で記入" {
			t.Errorf("%d imports in the audit log, reason %q", n, reason)
		}

		file := v.get(real.url.Path + "/errors").is(http.StatusOK)
		text, err := japanese.ShiftJIS.NewDecoder().String(file.body)
		if err != nil || !strings.Contains(text, "六花") || strings.Contains(text, "五月") {
			t.Errorf("the error file holds %q, %v", text, err)
		}
		if got := file.header.Get("Content-Disposition"); !strings.HasPrefix(got, "attachment; filename") {
			t.Errorf("the error file comes as %q", got)
		}
	})
}

func TestBadFilesAreToldAtOnce(t *testing.T) {
	t.Parallel()
	h := newVillage(t, storetest.SQLite(t))
	for _, lang := range i18n.Langs() {
		v := h.owner(lang)
		v.upload("/admin/imports/new", "", nil).is(http.StatusUnprocessableEntity).sound().has(`id="file-error"`)
		v.upload("/admin/imports/new", "empty.csv", nil).is(http.StatusUnprocessableEntity).sound().has(`id="file-error"`)
		v.upload("/admin/imports/new", "book.xlsx", []byte("PK\x03\x04rest")).is(http.StatusUnprocessableEntity).sound().has("Excel")
		v.post("/admin/imports/new", "file", "x").is(http.StatusUnprocessableEntity).sound()
	}
}

func TestAnUnknownEncodingIsAsked(t *testing.T) {
	t.Parallel()
	h := newVillage(t, storetest.SQLite(t))
	v := h.owner(i18n.Ja)
	var bare bytes.Buffer
	for _, c := range "mail,name\na@example.jp,x\n" {
		bare.Write([]byte{byte(c), 0})
	}
	page := v.upload("/admin/imports/new", "bare.csv", bare.Bytes())
	if page.url.Path == "/admin/imports/new" {
		t.Fatalf("refused:\n%s", page.body)
	}
	page.is(http.StatusUnprocessableEntity).sound().has(`id="read-encoding-error"`, "UTF-16").lacks(`name="origin"`)
	v.get(page.url.Path+"?encoding=utf-16le").is(http.StatusOK).sound().has("a@example.jp", `name="origin"`)
	v.get(page.url.Path + "?encoding=klingon").is(http.StatusUnprocessableEntity).sound()
}

func TestExportStory(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newVillage(t, db)
		v := h.owner(i18n.Ja)
		v.post("/admin/exports", "reason", " ", "encoding", "utf-8-bom", "columns", "email").is(http.StatusUnprocessableEntity).sound().has(`id="reason-error"`)
		v.post("/admin/exports", "reason", "照合", "encoding", "klingon").is(http.StatusUnprocessableEntity).sound().has(`id="columns-error"`, `id="encoding-error"`, `value="照合"`)
		if n, _ := h.audited("contact.export"); n != 0 {
			t.Error("a refused export stands in the audit log")
		}
		begun := v.post("/admin/exports", "reason", "照合", "encoding", "utf-8-bom", "columns", "email", "columns", "family_name").is(http.StatusOK)
		v.until(begun.url.Path, `action="`+begun.url.Path+`/file"`).sound().has("照合")
		v.get(begun.url.Path + "/progress").is(http.StatusOK).has("data-done")
		if n, reason := h.audited("contact.export"); n != 1 || reason != "照合" {
			t.Errorf("%d exports in the audit log, reason %q", n, reason)
		}
		file := v.post(begun.url.Path + "/file").is(http.StatusOK)
		if !strings.HasPrefix(file.body, "\xef\xbb\xbf") || strings.Count(file.body, "\n") != 4 {
			t.Errorf("the file holds %q", file.body)
		}
		file.has("hanako.sato@aozora.example", "佐藤")
		if n, _ := h.audited("contact.export_fetch"); n != 1 {
			t.Errorf("fetched %d times by the audit log", n)
		}
		v.get("/admin/exports").is(http.StatusOK).sound().has("照合", "完了")
	})
}
