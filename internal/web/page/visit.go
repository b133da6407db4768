package page

import (
	"errors"
	"log/slog"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
)

// Visit is one request and its answer.
type Visit struct {
	W http.ResponseWriter
	R *http.Request
	// Now is when the request came in.
	Now time.Time
	// Lang and Zone are how the answer is written; a face may change them until it renders.
	Lang i18n.Lang
	Zone *time.Location
	// Frame is what the layout puts around the page, nil for strangers.
	Frame  any
	engine *Engine
	wrote  bool
}

// Handler makes an HTTP handler of a page's function. An error that the function
// returns becomes an error page; what is our fault is logged, without its path.
func (e *Engine) Handler(h func(v *Visit) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &Visit{W: w, R: r, Now: e.cfg.Clock(), Lang: Language(r, e.cfg.Lang), Zone: e.cfg.Zone, engine: e}
		if err := h(v); err != nil {
			v.Fail(err)
		}
	})
}

// languageCookie remembers a language that the person chose.
const languageCookie = "kyodaku_lang"

// Language is the reader's: what was chosen on a page, else what the browser
// prefers, else fallback.
func Language(r *http.Request, fallback i18n.Lang) i18n.Lang {
	if l, ok := chosenLanguage(r); ok {
		return l
	}
	return i18n.Choose(r.Header.Get("Accept-Language"), fallback)
}

func chosenLanguage(r *http.Request) (i18n.Lang, bool) {
	if l := i18n.Lang(r.URL.Query().Get("lang")); l.Valid() {
		return l, true
	}
	c, err := r.Cookie(languageCookie)
	if err != nil || !i18n.Lang(c.Value).Valid() {
		return "", false
	}
	return i18n.Lang(c.Value), true
}

// Prefer sets the language a signed-in person has in their settings, unless they
// chose another one in this browser.
func (v *Visit) Prefer(l i18n.Lang) {
	if _, chosen := chosenLanguage(v.R); !chosen && l.Valid() {
		v.Lang = l
	}
}

// Remember keeps the language that the person chose in this browser, for a year.
func (v *Visit) Remember(l i18n.Lang) {
	v.Lang = l
	v.SetCookie(languageCookie, string(l), 365*24*time.Hour)
}

// T says something in the visit's language.
func (v *Visit) T(key string, args ...any) string {
	return v.engine.cfg.Catalogue.For(v.Lang).T(key, args...)
}

// Render writes a page with status 200.
func (v *Visit) Render(view string, data any) error { return v.RenderStatus(http.StatusOK, view, data) }

// RenderStatus writes a page with a status.
func (v *Visit) RenderStatus(status int, view string, data any) error {
	doc := document{Frame: v.Frame, Page: data, Path: v.R.URL.RequestURI(), RequestID: RequestID(v.R.Context()), Flash: v.takeFlash()}
	body, err := v.engine.render(v, view, "layout", doc)
	if err != nil {
		return err
	}
	return v.write(status, body)
}

// RenderForm writes a page again with what was typed and what is wrong (422).
func (v *Visit) RenderForm(view string, data any) error {
	return v.RenderStatus(http.StatusUnprocessableEntity, view, data)
}

// RenderPart writes one template of a view alone, for modules that refresh a
// part of a page.
func (v *Visit) RenderPart(view, part string, data any) error {
	body, err := v.engine.render(v, view, part, data)
	if err != nil {
		return err
	}
	return v.write(http.StatusOK, body)
}

func (v *Visit) write(status int, body []byte) error {
	h := v.W.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Content-Language", string(v.Lang))
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store")
	}
	v.wrote = true
	v.W.WriteHeader(status)
	if v.R.Method == http.MethodHead {
		return nil
	}
	_, _ = v.W.Write(body) // a reader who left gets nothing more
	return nil
}

// Redirect sends the person on to a path of this site after a change (303).
func (v *Visit) Redirect(path string) error {
	v.wrote = true
	v.W.Header().Set("Cache-Control", "no-store")
	http.Redirect(v.W, v.R, LocalPath(path, "/"), http.StatusSeeOther)
	return nil
}

// Done sends the person on with a sentence about what was done.
func (v *Visit) Done(path, key string, args ...any) error {
	v.AddFlash(Flash{Tone: "done", Key: key, Args: args})
	return v.Redirect(path)
}

// LocalPath returns target if it is a path of this site, else fallback: a link
// from outside must not send people elsewhere.
func LocalPath(target, fallback string) string {
	u, err := url.Parse(target)
	if err != nil || u.Scheme != "" || u.Host != "" || u.Opaque != "" || !strings.HasPrefix(target, "/") ||
		strings.HasPrefix(target, "//") || strings.ContainsAny(target, "\\\r\n\t") {
		return fallback
	}
	return target
}

// Fail writes the error page of an error.
func (v *Visit) Fail(err error) {
	p := newErrorPage(err, RequestID(v.R.Context()))
	if p.Status == http.StatusInternalServerError {
		v.engine.cfg.Log.ErrorContext(v.R.Context(), "page failed", slog.String("route", v.R.Pattern),
			slog.String("request", p.RequestID), slog.Any("error", err))
	}
	if v.wrote {
		return // half an answer cannot be mended
	}
	if p.Status == http.StatusTooManyRequests {
		v.W.Header().Set("Retry-After", "60")
	}
	p.Home = v.engine.cfg.Home
	if again := v.RenderStatus(p.Status, "error", p); again != nil {
		v.engine.cfg.Log.ErrorContext(v.R.Context(), "error page failed", slog.Any("error", again))
		http.Error(v.W, v.T("fault.internal"), http.StatusInternalServerError)
	}
}

// Form reads a posted form. A body over the limit or of another type is a fault.
func (v *Visit) Form() (Form, error) {
	kind, _, err := mime.ParseMediaType(v.R.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return Form{}, fault.New(fault.Invalid, "page.content_type")
	}
	if err := v.R.ParseForm(); err != nil {
		return Form{}, BodyError(err)
	}
	for name, values := range v.R.PostForm {
		for i := range values {
			values[i] = strings.ToValidUTF8(strings.ReplaceAll(values[i], "\x00", ""), "\uFFFD")
		}
		v.R.PostForm[name] = values
	}
	return Form{Values: v.R.PostForm}, nil
}

// BodyError is the fault of a body that could not be read.
func BodyError(err error) error {
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return errTooLarge
	}
	return fault.Wrap(fault.Invalid, err, "page.unreadable")
}

// Client is the address the request came from.
func (v *Visit) Client() netip.Addr { return v.engine.cfg.Proxies.Client(v.R) }

// Secure says whether the browser speaks HTTPS.
func (v *Visit) Secure() bool { return v.engine.secure(v.R) }

// SetCookie sets a cookie that scripts cannot read and other sites cannot send
// with a form. Over HTTPS its name is bound to this host (RFC 6265bis 4.1.3.2).
// A negative age removes it; 0 lasts until the browser is closed.
func (v *Visit) SetCookie(name, value string, age time.Duration) {
	c := &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: int(age / time.Second)}
	if v.Secure() && name != languageCookie {
		c.Name, c.Secure = "__Host-"+name, true
	}
	http.SetCookie(v.W, c)
}

// Cookie reads what SetCookie set, or "".
func (v *Visit) Cookie(name string) string {
	if v.Secure() {
		name = "__Host-" + name
	}
	c, err := v.R.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}
