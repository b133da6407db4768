package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/i18n"
)

// open are the routes that strangers may use. A new one is a decision.
var open = map[string]bool{
	"GET /admin/sign-in": true, "POST /admin/sign-in": true, "GET /admin/sign-in/code": true, "POST /admin/sign-in/code": true,
	"GET /admin/link/{secret}": true, "POST /admin/link/{secret}": true, "POST /admin/sign-out": true, "POST /admin/language": true,
	"GET /admin/setup": true, "POST /admin/setup/language": true, "GET /admin/setup/sender": true, "POST /admin/setup/sender": true,
	"POST /admin/setup/back": true, "POST /admin/setup/admin": true,
}

func TestEveryRouteSaysWhoMay(t *testing.T) {
	t.Parallel()
	for _, r := range newHouse(t).site.routes() {
		if err := r.check(); err != nil {
			t.Error(err)
		}
		if (r.Access.kind == strangers) != open[r.Pattern] {
			t.Errorf("%s: open to strangers %v, want %v", r.Pattern, r.Access.kind == strangers, open[r.Pattern])
		}
	}
}

func TestARouteWithoutAccessIsRefused(t *testing.T) {
	t.Parallel()
	for _, r := range []Route{
		{Pattern: "GET /admin/x", Handle: notFound},
		{Pattern: "GET /admin/x", Handle: notFound, Access: Needs(0)},
		{Pattern: "DELETE /admin/x", Handle: notFound, Access: Open()},
		{Pattern: "/admin/x", Handle: notFound, Access: Open()},
		{Pattern: "GET /x", Handle: notFound, Access: Open()},
		{Pattern: "GET /admin/x", Access: Open()},
	} {
		if r.check() == nil {
			t.Errorf("%+v passed", r)
		}
	}
}

func TestStrangersSeeNothing(t *testing.T) {
	t.Parallel()
	h := settled(t)
	v := h.visitor(i18n.Ja)
	for _, r := range h.site.routes() {
		method, path, _ := strings.Cut(r.Pattern, " ")
		if open[r.Pattern] {
			continue
		}
		path = strings.NewReplacer("{$}", "", "{id}", "op_x", "{domain}", "midori.example", "{secret}", "x").Replace(path)
		if method == http.MethodGet {
			v.get(path).at("/admin/sign-in").lacks("midori")
		} else {
			v.post(path).at("/admin/sign-in").lacks("midori")
		}
	}
}

func TestARoleOpensOnlyItsPages(t *testing.T) {
	t.Parallel()
	h := settled(t)
	for _, role := range []account.Role{account.Marketer, account.Legal, account.Viewer} {
		v := h.member(role)
		for _, r := range h.site.routes() {
			path, get := strings.CutPrefix(r.Pattern, "GET ")
			if !get || open[r.Pattern] {
				continue
			}
			path = strings.NewReplacer("{$}", "", "{id}", "op_x", "{domain}", "midori.example").Replace(path)
			a := v.get(path)
			may := r.Access.kind == signedIn || account.Can(role, r.Access.act) || r.Access.or != 0 && account.Can(role, r.Access.or)
			if (a.status == http.StatusForbidden) == may {
				t.Errorf("%s, %s: status %d, may %v", role, r.Pattern, a.status, may)
			}
		}
		home := v.get("/admin/").is(http.StatusOK).sound()
		if role != account.Owner {
			home.lacks(`href="/admin/settings"`, `href="/admin/operators"`)
		}
	}
}

func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	h := settled(t)
	v := h.owner(i18n.Ja)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.server.URL+"/admin/security/profile", strings.NewReader("name=x&lang=ja"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", "https://elsewhere.example")
	v.do(req).is(http.StatusForbidden).sound()
	if o := h.operator(ownerMail); o.Name == "x" {
		t.Error("a stranger's form was taken")
	}
}

func TestBadBodiesAreAnswered(t *testing.T) {
	t.Parallel()
	v := settled(t).visitor(i18n.Ja)
	v.post("/admin/sign-in", "email", strings.Repeat("x", 2<<20)).is(http.StatusRequestEntityTooLarge).sound()
	for _, kind := range []string{"text/plain", "application/json", ""} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, v.server.URL+"/admin/sign-in", strings.NewReader("email=x"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", kind)
		v.do(req).is(http.StatusUnprocessableEntity).sound()
	}
	v.post("/admin/sign-in", "email", "a\x00b\xff", "password", "\x00").is(http.StatusUnprocessableEntity).sound()
}
