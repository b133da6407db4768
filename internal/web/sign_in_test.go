package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/i18n"
)

func TestSigningInLeadsWhereOneWanted(t *testing.T) {
	t.Parallel()
	h := settled(t)
	v := h.visitor(i18n.Ja)
	a := v.get("/admin/audit?from=2026-01-01").is(http.StatusOK).at("/admin/sign-in").has(`value="/admin/audit?from=2026-01-01"`)
	next := a.url.Query().Get("next")
	v.post("/admin/sign-in", "email", ownerMail, "password", "wrong", "next", next).is(http.StatusUnprocessableEntity).sound().
		has("メールアドレスまたはパスワードが違います。", `value="`+ownerMail+`"`).lacks(`value="wrong"`)
	v.post("/admin/sign-in", "email", ownerMail, "password", ownerPassword, "next", next).is(http.StatusOK).at("/admin/audit")
	v.get("/admin/sign-in").at("/admin/")
	v.post("/admin/sign-out").at("/admin/sign-in").has("サインアウトしました。").sound()
	v.get("/admin/sign-in").lacks("サインアウトしました。") // it is said once
	v.get("/admin/").at("/admin/sign-in")
}

func TestSigningInLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	h := settled(t)
	for _, next := range []string{"https://evil.example/", "//evil.example/", `/\evil.example`, "javascript:alert(1)", "/x\r\nSet-Cookie: a=b"} {
		h.visitor(i18n.Ja).post("/admin/sign-in", "email", ownerMail, "password", ownerPassword, "next", next).is(http.StatusOK).at("/admin/")
	}
}

func TestTheSessionCookieIsOutOfReach(t *testing.T) {
	t.Parallel()
	h := settled(t)
	v := h.visitor(i18n.Ja)
	v.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	set := v.post("/admin/sign-in", "email", ownerMail, "password", ownerPassword).is(http.StatusSeeOther).header.Get("Set-Cookie")
	for _, want := range []string{"HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(set, want) {
			t.Errorf("cookie %q lacks %s", set, want)
		}
	}
}

var (
	hiddenSecret = regexp.MustCompile(`name="secret" value="([A-Z2-7]+)"`)
	listedCode   = regexp.MustCompile(`<ul class="codes"><li>([^<]+)</li>`)
)

func TestSecondFactorFromScanToSignIn(t *testing.T) {
	t.Parallel()
	h := settled(t)
	v := h.owner(i18n.Ja)
	enrol := v.post("/admin/security/second-factor").is(http.StatusOK).sound().has("data:image/png;base64,")
	secret := hiddenSecret.FindStringSubmatch(enrol.body)[1]
	wrong := v.post("/admin/security/second-factor/confirm", "secret", secret, "code", "000000").is(http.StatusUnprocessableEntity).sound()
	if hiddenSecret.FindStringSubmatch(wrong.body)[1] != secret {
		t.Error("a mistyped code changed the secret on the page")
	}
	now := time.Now()
	codes := v.post("/admin/security/second-factor/confirm", "secret", secret, "code", code(t, secret, now)).is(http.StatusOK).sound()
	recovery := listedCode.FindStringSubmatch(codes.body)[1]
	v.get("/admin/security").is(http.StatusOK).sound().has("/admin/security/second-factor/remove")

	other := h.visitor(i18n.En)
	other.post("/admin/sign-in", "email", ownerMail, "password", ownerPassword, "next", "/admin/audit").is(http.StatusOK).at("/admin/sign-in/code").sound()
	other.get("/admin/audit").at("/admin/sign-in/code").lacks("192.0.2.1") // halfway opens nothing
	other.post("/admin/sign-in/code", "code", "123456").is(http.StatusUnprocessableEntity).sound()
	other.post("/admin/sign-in/code", "code", recovery, "next", "/admin/audit").is(http.StatusOK).at("/admin/audit")

	v.post("/admin/security/second-factor/remove", "code", "no").is(http.StatusUnprocessableEntity).sound()
	if !h.operator(ownerMail).SecondFactor {
		t.Error("a wrong code turned the second factor off")
	}
}

func code(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	c, err := totp.GenerateCode(secret, at)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestALinkWorksOnceAndOnlyByItsButton(t *testing.T) {
	t.Parallel()
	h := settled(t)
	ws, err := h.accounts.Workspaces(t.Context(), h.db)
	if err != nil {
		t.Fatal(err)
	}
	by := account.By{Actor: account.Actor{Kind: account.ActorCLI}}
	secret, err := h.accounts.CreateLink(t.Context(), by, account.LinkRequest{Operator: h.operator(ownerMail).ID, Workspace: ws[0].ID, Purpose: account.LinkSignIn}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	path := "/admin/link/" + url.PathEscape(secret)
	for range 3 { // looking uses nothing
		h.visitor(i18n.Ja).get(path).is(http.StatusOK).sound().lacks(ownerMail)
	}
	v := h.visitor(i18n.Ja)
	v.post(path).is(http.StatusOK).at("/admin/")
	h.visitor(i18n.Ja).post(path).is(http.StatusUnauthorized).sound()
	h.visitor(i18n.Ja).get("/admin/link/lnk_forged").is(http.StatusUnauthorized).sound()
}

func TestTheLanguageStaysAsChosen(t *testing.T) {
	t.Parallel()
	h := settled(t)
	v := h.visitor(i18n.Ja)
	v.get("/admin/sign-in").has("サインイン")
	v.post("/admin/language", "lang", "en", "next", "/admin/sign-in?next=%2Fadmin%2Faudit").at("/admin/sign-in").has("Sign in", `value="/admin/audit"`)
	v.post("/admin/language", "lang", "tlh").is(http.StatusUnprocessableEntity)
	v.post("/admin/sign-in", "email", ownerMail, "password", ownerPassword).has(`<html lang="en">`)
}
