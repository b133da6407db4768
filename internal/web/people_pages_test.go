package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// shownPeople are the pages about people that an owner can open, by path; see
// village.path for the ids.
var shownPeople = []string{
	"/admin/contacts", "/admin/contacts?q=sato", "/admin/contacts?q=nobody", "/admin/contacts/new", "/admin/contacts?topic={tpc}&state=given&basis=B1&grade=A",
	"/admin/contacts/{con}", "/admin/contacts/{con}/answer", "/admin/contacts/{con}/events/{evt}", "/admin/contacts/{con}/edit", "/admin/contacts/{con}/merge",
	"/admin/contacts/{con}/merge?q=jiro", "/admin/contacts/{con}/erase", "/admin/contacts/{con}/origin", "/admin/contacts/{con}/evidence",
	"/admin/attributes", "/admin/attributes/new", "/admin/exports",
	"/admin/imports", "/admin/imports/new",
	"/admin/topics", "/admin/topics/new", "/admin/topics/{tpc}", "/admin/topics/{tpc}/edit",
	"/admin/topics/wordings", "/admin/topics/wordings/new", "/admin/topics/wordings/consent/newsletter",
	"/admin/suppression", "/admin/suppression?kind=refusal&lifted=1", "/admin/suppression/new",
	"/admin/suppression/refusal", "/admin/suppression/refusal?contact={con}",
	"/admin/evidence", "/admin/evidence?q=sato", "/admin/evidence/shown/{hash}",
}

func TestPagesAboutPeopleInBothLanguages(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newVillage(t, db)
		for _, lang := range i18n.Langs() {
			v := h.owner(lang)
			for _, path := range shownPeople {
				v.get(h.path(path)).is(http.StatusOK).sound()
			}
		}
	})
}

func TestEmptyPagesSayWhatToDo(t *testing.T) {
	t.Parallel()
	h := settled(t)
	for _, lang := range i18n.Langs() {
		v := h.owner(lang)
		v.get("/admin/contacts").is(http.StatusOK).sound().has(`class="empty"`, `href="/admin/imports/new"`)
		v.get("/admin/imports").is(http.StatusOK).sound().has(`class="empty"`, `href="/admin/imports/new"`)
		v.get("/admin/topics").is(http.StatusOK).sound().has(`class="empty"`, `href="/admin/topics/new"`)
		v.get("/admin/topics/wordings").is(http.StatusOK).sound().has(`class="empty"`, `href="/admin/topics/wordings/new"`)
		v.get("/admin/suppression").is(http.StatusOK).sound().has(`class="empty"`)
		v.get("/admin/attributes").is(http.StatusOK).sound().has(`class="empty"`, `href="/admin/attributes/new"`)
		v.get("/admin/evidence").is(http.StatusOK).sound().has(`class="empty"`)
	}
}

// patternsPeople are the patterns of the routes that the stories about people show.
func patternsPeople() []string {
	patterns := []string{ // import_test.go, people_story_test.go
		"/admin/imports/new/columns/{file}", "/admin/imports/{id}", "/admin/imports/{id}/progress", "/admin/imports/{id}/errors",
		"/admin/exports/{id}", "/admin/exports/{id}/progress", "/admin/attributes/{id}", "/admin/evidence/verify/{id}", "/admin/evidence/shown/{hash}/page",
	}
	for _, p := range shownPeople {
		p, _, _ = strings.Cut(p, "?")
		patterns = append(patterns, strings.NewReplacer("{con}", "{id}", "{tpc}", "{id}", "{evt}", "{event}", "consent/newsletter", "{kind}/{key}").Replace(p))
	}
	return patterns
}
