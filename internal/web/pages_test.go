package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/duty"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/provision"
	"github.com/kyodaku/kyodaku/internal/store"
)

// shown are the pages that an owner can open, by path. {op}, {snd}, {inc} and {prg} stand
// for the owner, the first sender, the incident and the programme of fill.
var shown = []string{
	"/admin/", "/admin/operators", "/admin/operators/invite", "/admin/operators/{op}", "/admin/security",
	"/admin/settings", "/admin/settings/profiles", "/admin/settings/profiles/new", "/admin/settings/profiles/{snd}",
	"/admin/settings/campaigns", "/admin/settings/domains", "/admin/settings/keys", "/admin/settings/keys/new",
	"/admin/audit", "/admin/audit?from=2026-01-01&until=2026-01-02", "/admin/setup/done", "/admin/lanes", "/admin/lanes/relay",
	"/admin/settings/law", "/admin/compliance", "/admin/compliance/requests", "/admin/compliance/incidents", "/admin/compliance/incidents/{inc}", "/admin/compliance/incidents/{inc}/documents/report",
	"/admin/compliance/holds", "/admin/compliance/orders", "/admin/rules",
	"/admin/provision", "/admin/provision/new", "/admin/provision/new?case=clinic", "/admin/provision/new?answered=1&sensitive=1&abroad=1", "/admin/provision/new?answered=1&illicit=1",
	"/admin/provision/{prg}", "/admin/provision/{prg}/edit", "/admin/provision/{prg}/stops", "/admin/provision/{prg}/documents/filing",
}

func TestEveryPageInBothLanguages(t *testing.T) {
	t.Parallel()
	h := settled(t)
	h.fill()
	for _, lang := range i18n.Langs() {
		v := h.owner(lang)
		for _, path := range shown {
			v.get(h.path(path)).is(http.StatusOK).sound()
		}
		stranger := h.visitor(lang)
		stranger.get("/admin/sign-in").is(http.StatusOK).sound()
		stranger.get("/admin/nothing").is(http.StatusNotFound).sound()
		v.get("/admin/nothing").is(http.StatusNotFound).sound()
		v.post("/admin/settings", "legal_name", "").is(http.StatusUnprocessableEntity).sound()
	}
}

// fill gives every list something to show.
func (h *house) fill() {
	h.Helper()
	v := h.owner(i18n.Ja)
	v.post("/admin/operators/invite", "name", "鈴木 一郎", "email", "ichiro@midori.example", "role", "legal", "lang", "ja").is(http.StatusOK)
	v.post("/admin/settings/keys/new", "name", "基幹システム連携", "expires_at", "90", "scopes", "contacts:read", "scopes", "consent:write").is(http.StatusOK)
	v.post("/admin/compliance/incidents", "title", "名簿の誤送信", "known_at", time.Now().AddDate(0, 0, -1).Format(time.DateOnly), "detail", "", "many", "1").is(http.StatusOK)
	v.post(h.programme("名簿の提供", provision.OptOut, listItems()) + "/freeze").is(http.StatusOK)
	tx := func(tx *store.Tx) error {
		ws, err := h.accounts.Workspaces(h.Context(), tx)
		if err != nil {
			return err
		}
		_, err = h.accounts.EnsureDomain(h.Context(), tx, ws[0].ID, "midori.example", time.Now())
		return err
	}
	if err := h.db.Write(h.Context(), tx); err != nil {
		h.Fatal(err)
	}
}

// path fills the ids into a path.
func (h *house) path(pattern string) string {
	h.Helper()
	ws, err := h.accounts.Workspaces(h.Context(), h.db)
	if err != nil {
		h.Fatal(err)
	}
	profiles, err := h.accounts.Profiles(h.Context(), h.db, ws[0].ID)
	if err != nil {
		h.Fatal(err)
	}
	incident := ""
	if strings.Contains(pattern, "{inc}") {
		all, err := h.site.Duty.Incidents(h.Context(), h.db, ws[0].ID)
		if err != nil || len(all) == 0 {
			h.Fatalf("no incident was opened: %v", err)
		}
		incident = store.Public(duty.IncidentPrefix, all[0].ID)
	}
	programme := ""
	if strings.Contains(pattern, "{prg}") {
		all, err := h.site.Provisions.List(h.Context(), h.db, ws[0].ID)
		if err != nil || len(all) == 0 {
			h.Fatalf("no programme was made: %v", err)
		}
		programme = all[0].Public()
	}
	return strings.NewReplacer(
		"{inc}", incident, "{prg}", programme,
		"{op}", store.Public(account.OperatorPrefix, h.operator(ownerMail).ID),
		"{snd}", store.Public(account.ProfilePrefix, profiles[0].ID),
	).Replace(pattern)
}

// TestEveryPageIsRendered holds that the table above forgets no page: a GET route
// is either there or named here with the story that shows it.
func TestEveryPageIsRendered(t *testing.T) {
	t.Parallel()
	elsewhere := map[string]bool{
		"GET /admin/sign-in": true, "GET /admin/sign-in/code": true, "GET /admin/link/{secret}": true, // sign_in_test.go
		"GET " + recipientsPath: true, "GET " + recipientsPath + "/{id}": true, "GET " + provisionPath + "/{id}/runs": true, // provision_run_test.go
		"GET " + runsPath + "/{id}": true, "GET " + recordsPath: true,
		"GET " + provisionPath + "/{id}/consents": true,                                                     // provision_consent_test.go
		"GET /admin/compliance/requests/{id}":     true, "GET /admin/compliance/requests/{id}/letter": true, // request_test.go
		"GET /admin/campaigns/{id}/what-if": true,                                  // contact_answer_test.go
		"GET /admin/setup":                  true, "GET /admin/setup/sender": true, // setup_test.go
	}
	paths := map[string]bool{}
	for _, p := range shown {
		p, _, _ = strings.Cut(p, "?")
		paths["GET "+strings.NewReplacer("{op}", "{id}", "{snd}", "{id}", "{inc}", "{id}", "{prg}", "{id}", "documents/filing", "documents/{form}", "documents/report", "documents/{form}", "lanes/relay", "lanes/{lane}").Replace(p)] = true
	}
	for _, p := range append(patternsPeople(), patternsPost()...) {
		paths["GET "+p] = true
	}
	for _, r := range newHouse(t).site.routes() {
		pattern := strings.TrimSuffix(r.Pattern, "{$}")
		if strings.HasPrefix(pattern, "GET ") && !paths[pattern] && !elsewhere[pattern] {
			t.Errorf("%s is rendered by no test", r.Pattern)
		}
	}
}
