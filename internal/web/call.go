package web

import (
	"context"
	"errors"
	"net/url"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// sessionCookie holds the secret of a session.
const sessionCookie = "kyodaku_session"

// Call is one request, with who makes it. Operator, Session, Role and Workspace
// are zero on routes for strangers.
type Call struct {
	*page.Visit
	account.Signed
	Workspace account.Workspace
	// halfway is set when the password was right and the second factor is due.
	halfway bool
	site    *Site
}

// Context is the request's context.
func (c *Call) Context() context.Context { return c.R.Context() }

// By is the operator as the actor, from the address the request came from.
func (c *Call) By() account.By { return c.Signed.By(c.Network()) }

// Network is the client's address as text.
func (c *Call) Network() string { return c.Client().String() }

// ID reads a path value as the public id of a thing; fault.NotFound if it is none.
func (c *Call) ID(prefix, name string) (int64, error) {
	return store.ParsePublic(prefix, c.R.PathValue(name))
}

// about reads what the path names, and then what was typed about it.
func about[T any](c *Call, read func(*Call) (T, error)) (T, page.Form, error) {
	thing, err := read(c)
	if err != nil {
		return thing, page.Form{}, err
	}
	form, err := c.Form()
	return thing, form, err
}

// renderTyped renders a page with a form: as the answer to bad input if something
// in it is wrong.
func (c *Call) renderTyped(form page.Form, view string, data any) error {
	if form.Wrong() {
		return c.RenderForm(view, data)
	}
	return c.Render(view, data)
}

// secret is the session's secret from the cookie, or "".
func (c *Call) secret() string { return c.Cookie(sessionCookie) }

// identify reads the session. A stranger is no error: the route decides.
func (c *Call) identify() error {
	secret := c.secret()
	if secret == "" {
		return nil
	}
	signed, err := c.site.Accounts.SessionBySecret(c.Context(), secret, c.Now)
	if errors.Is(err, account.ErrSecondFactorDue) {
		c.halfway = true
		return nil
	}
	if fault.Is(err, fault.Unauthenticated) {
		return nil
	}
	if err != nil {
		return err
	}
	ws, err := c.site.Accounts.WorkspaceByID(c.Context(), c.site.DB, signed.Session.Workspace)
	if err != nil {
		return err
	}
	c.Signed, c.Workspace, c.Zone = signed, ws, ws.Location()
	c.Prefer(signed.Operator.Lang)
	c.Frame = c.site.frame(c)
	return nil
}

// keep sets the session cookie. The browser forgets it when it is closed; the
// session itself ends by its own clock.
func (c *Call) keep(secret string) { c.SetCookie(sessionCookie, secret, 0) }

// signInPath is the sign-in page that leads back here, if here can be led back to.
func (c *Call) signInPath() string {
	if c.halfway {
		return codePath
	}
	if c.R.Method != "GET" || c.R.URL.Path == root {
		return signInPath
	}
	return signInPath + "?" + url.Values{"next": {c.R.URL.RequestURI()}}.Encode()
}
