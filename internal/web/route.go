package web

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// Route is one pattern and what stands behind it.
type Route struct {
	// Pattern is method and path, as http.ServeMux reads them.
	Pattern string
	// Access says who may; its zero value is refused by New.
	Access Access
	// Handle answers. An error becomes an error page.
	Handle func(c *Call) error
	// Views are the templates that Handle renders.
	Views []string
	// MaxBody bounds the body in bytes; 0 is the usual limit of 1 MiB.
	MaxBody int64
}

// Access is who may use a route.
type Access struct {
	kind accessKind
	act  account.Act
	// or is another act that lets in as well, 0 for none.
	or account.Act
}

type accessKind uint8

const (
	undeclared accessKind = iota
	strangers
	signedIn
	whoMay
)

// Needs lets in who may do an act in the workspace.
func Needs(act account.Act) Access { return Access{kind: whoMay, act: act} }

// Or lets in who may do another act as well.
func (a Access) Or(act account.Act) Access {
	a.or = act
	return a
}

// SignedIn lets in every operator of the workspace: for one's own things, and for
// pages that show nothing a role could be denied.
func SignedIn() Access { return Access{kind: signedIn} }

// Open lets in strangers: signing in and the first run.
func Open() Access { return Access{kind: strangers} }

// declared says whether the route says who may use it.
func (a Access) declared() bool {
	return a.kind == strangers || a.kind == signedIn || a.kind == whoMay && a.act != 0
}

// allows says whether an operator may pass.
func (a Access) allows(by account.Signed) bool {
	switch a.kind {
	case strangers:
		return true
	case signedIn:
		return by.Operator.ID != 0
	case whoMay:
		return by.Operator.ID != 0 && (by.Can(a.act) || a.or != 0 && by.Can(a.or))
	default:
		return false
	}
}

// check refuses a route that nobody could use, or that everybody could by mistake.
func (r Route) check() error {
	method, path, _ := strings.Cut(r.Pattern, " ")
	switch {
	case method != http.MethodGet && method != http.MethodPost:
		return fmt.Errorf("web: route %s: pages know GET and POST", r.Pattern)
	case !strings.HasPrefix(path, root):
		return fmt.Errorf("web: route %s: the pages live under %s", r.Pattern, root)
	case !r.Access.declared():
		return fmt.Errorf("web: route %s does not say who may use it", r.Pattern)
	case r.Handle == nil:
		return fmt.Errorf("web: route %s has no handler", r.Pattern)
	}
	return nil
}

// handler puts a route's guards before its handler.
func (s *Site) handler(r Route) http.Handler {
	inner := s.engine.Handler(func(v *page.Visit) error {
		c := &Call{Visit: v, site: s}
		if err := c.identify(); err != nil {
			return err
		}
		if !r.Access.allows(c.Signed) {
			return c.turnAway()
		}
		return r.Handle(c)
	})
	return page.Limit(r.MaxBody, inner)
}

// turnAway sends a stranger to the door and tells an operator that it is not theirs.
func (c *Call) turnAway() error {
	if c.Operator.ID != 0 {
		return fault.New(fault.Refused, "account.role.may_not")
	}
	first, err := c.site.Accounts.FirstRun(c.R.Context())
	if err != nil {
		return err
	}
	if first {
		return c.Redirect(setupPath)
	}
	return c.Redirect(c.signInPath())
}
