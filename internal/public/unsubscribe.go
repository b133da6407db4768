package public

import (
	"io"
	"mime"
	"net/http"
	"strconv"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/preference"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// unsubscribePage is the page of a way out, before and after.
type unsubscribePage struct {
	preference.Exit
	Token   string
	Reasons []preference.Reason
	// Form is empty: nothing was said about the reason yet.
	Form page.Form
}

// unsubscribeShow asks; it changes nothing, whoever opens it.
func (s *Site) unsubscribeShow(v *page.Visit) error {
	token := v.R.PathValue("token")
	e, err := s.Preferences.Exit(v.R.Context(), token, v.Lang, v.Now)
	if err != nil {
		return err
	}
	return v.Render("unsubscribe", unsubscribePage{Exit: e, Token: token})
}

// oneClickField and oneClickValue are the body of a one-click POST (RFC 8058 3.1).
const (
	oneClickField = "List-Unsubscribe"
	oneClickValue = "One-Click"
)

// scopeEverywhere is everything at every address of the person.
const scopeEverywhere = "everywhere"

// unsubscribe takes both: the press of a mail program, and the buttons of our page.
func (s *Site) unsubscribe(v *page.Visit) error {
	token := v.R.PathValue("token")
	if err := readExit(v.R); err != nil {
		return err
	}
	scope := v.R.PostFormValue("scope")
	if v.R.PostFormValue(oneClickField) == oneClickValue || scope == "" {
		return s.oneClick(v, token)
	}
	ctx, doing := v.R.Context(), act(v, "/unsubscribe")
	var e preference.Exit
	var err error
	switch scope {
	case "topic", "all":
		e, err = s.Preferences.Leave(ctx, token, scope == "all", doing, v.Now)
	case scopeEverywhere:
		e, err = s.Preferences.LeaveEverywhere(ctx, token, doing, v.Now)
	default:
		err = fault.New(fault.Invalid, "fault.invalid")
	}
	if err != nil {
		return err
	}
	return s.left(v, e)
}

// left says that it is done.
func (s *Site) left(v *page.Visit, e preference.Exit) error {
	return v.Render("unsubscribed", unsubscribePage{Exit: e, Reasons: preference.Reasons()})
}

// readExit reads the body in either encoding that mail programs use. A body that
// is empty is a press too: the POST itself says what is wanted.
func readExit(r *http.Request) error {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case err == nil && kind == "multipart/form-data":
		err = r.ParseMultipartForm(maxForm)
	case err == nil && kind == "application/x-www-form-urlencoded":
		err = r.ParseForm()
	case r.Header.Get("Content-Type") == "" && r.ContentLength == 0:
		return nil
	default:
		return fault.New(fault.Invalid, "page.content_type")
	}
	if err != nil {
		return page.BodyError(err)
	}
	return nil
}

// oneClick answers a program: 200, plain text, no redirect, no cookie (RFC 8058 3.1).
func (s *Site) oneClick(v *page.Visit, token string) error {
	if err := s.Preferences.OneClick(v.R.Context(), token, act(v, ""), v.Now); err != nil {
		return err
	}
	text := v.T("public_preference.one_click.done") + "\n"
	h := v.W.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Language", string(v.Lang))
	h.Set("Content-Length", strconv.Itoa(len(text)))
	h.Set("Cache-Control", "no-store")
	_, _ = io.WriteString(v.W, text) // a program that left needs no answer
	return nil
}
