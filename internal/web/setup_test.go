package web

import (
	"net/http"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/i18n"
)

func TestTheWizardSetsUpAndThenIsClosed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, lang := range i18n.Langs() {
		v := h.visitor(lang)
		v.get("/admin/").at("/admin/setup").sound()
		v.get("/admin/nothing").is(http.StatusNotFound)
		v.post("/admin/setup/language", "lang", string(lang)).at("/admin/setup/sender").sound()
		v.post("/admin/setup/sender", "legal_name", "みどり").is(http.StatusUnprocessableEntity).sound().has(`value="みどり"`)
	}
	v := h.visitor(i18n.En)
	label := []string{"legal_name", "株式会社みどり商会", "postal_address", "東京都千代田区丸の内1-1-1", "url", "https://midori.example/"}
	v.post("/admin/setup/sender", label...).is(http.StatusOK).sound().has(`name="postal_address" value="東京都千代田区丸の内1-1-1"`)
	v.post("/admin/setup/back", label...).is(http.StatusOK).sound().has("/admin/setup/sender")
	weak := append(label, "admin_name", "Hanako", "admin_email", ownerMail, "admin_password", "password")
	v.post("/admin/setup/admin", weak...).is(http.StatusUnprocessableEntity).sound().has(`name="legal_name" value="株式会社みどり商会"`).lacks(`value="password"`)
	v.post("/admin/setup/admin", "admin_name", "Hanako", "admin_email", ownerMail, "admin_password", ownerPassword).is(http.StatusUnprocessableEntity).sound().has("/admin/setup/sender")
	if first, err := h.accounts.FirstRun(t.Context()); !first || err != nil {
		t.Fatalf("something was stored on the way: %v", err)
	}
	good := append(label, "admin_name", "Hanako", "admin_email", ownerMail, "admin_password", ownerPassword)
	v.post("/admin/setup/admin", good...).is(http.StatusOK).at("/admin/setup/done").sound().has("株式会社みどり商会")
	v.get("/admin/setup").at("/admin/")
	stranger := h.visitor(i18n.Ja)
	stranger.get("/admin/setup").at("/admin/sign-in")
	stranger.post("/admin/setup/admin", good...).at("/admin/sign-in")
	ws, err := h.accounts.Workspaces(t.Context(), h.db)
	if err != nil || len(ws) != 1 || ws[0].Lang != i18n.En {
		t.Errorf("workspaces %+v, %v", ws, err)
	}
	if s, err := h.accounts.Sessions(t.Context(), h.operator(ownerMail).ID, time.Now()); err != nil || len(s) != 1 {
		t.Errorf("%d sessions, %v", len(s), err)
	}
}

// TestTheWizardWithAKeyRefusesStrangers: who does not know the key sees nothing of the
// wizard and can store nothing.
func TestTheWizardWithAKeyRefusesStrangers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.site.SetupKey = "kys_example"
	steps := []string{
		"legal_name", "株式会社みどり商会", "postal_address", "東京都千代田区丸の内1-1-1", "email", "info@midori.example", "url", "https://midori.example/",
		"admin_name", "Hanako", "admin_email", ownerMail, "admin_password", ownerPassword, "lang", "en", "key", "kys_example2",
	}
	for lang, says := range map[i18n.Lang]string{i18n.En: "terminal", i18n.Ja: "ターミナル"} {
		v := h.visitor(lang)
		for _, path := range []string{"/admin/", "/admin/setup", "/admin/setup?key=", "/admin/setup?key=kys_example2", "/admin/setup?key=kys_exampl", "/admin/setup/sender"} {
			v.get(path).is(http.StatusForbidden).sound().has(says).lacks(`action="/admin/setup`)
		}
		for _, step := range []string{"language", "sender", "back", "admin"} {
			v.post("/admin/setup/"+step, steps...).is(http.StatusForbidden).has(says)
		}
	}
	if first, err := h.accounts.FirstRun(t.Context()); !first || err != nil {
		t.Fatalf("a stranger became owner: %v", err)
	}
	v := h.visitor(i18n.Ja)
	v.get("/admin/setup?key=kys_example").is(http.StatusOK).at("/admin/setup").sound().lacks("kys_example")
	v.post("/admin/setup/language", "lang", "ja").at("/admin/setup/sender").sound()
	v.post("/admin/setup/sender", steps...).is(http.StatusOK).sound()
	v.post("/admin/setup/admin", steps...).is(http.StatusOK).at("/admin/setup/done")
	h.visitor(i18n.Ja).get("/admin/setup?key=kys_example").at("/admin/sign-in")
}
