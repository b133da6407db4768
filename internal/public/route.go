package public

import (
	"net/http"

	"github.com/kyodaku/kyodaku/internal/web/page"
)

// Route is one pattern and what stands behind it.
type Route struct {
	// Pattern is method and path, as http.ServeMux reads them.
	Pattern string
	// Guard says whose forms may be posted; its zero value lets in our own pages alone.
	Guard Guard
	// Handle answers. An error becomes an error page.
	Handle func(v *page.Visit) error
	// Views are the templates that Handle renders.
	Views []string
	// MaxBody bounds the body in bytes; 0 is 64 KiB.
	MaxBody int64
}

// Guard is whose forms a route takes.
type Guard uint8

// The guards.
const (
	// SameSite takes forms of our own pages.
	SameSite Guard = iota
	// ByToken is for pages whose address carries a token: nobody else knows it, and
	// browsers name no origin when they post from there.
	ByToken
	// Anybody is for the form itself, which may stand in pages of other sites, and
	// for what those load from us.
	Anybody
)

// maxForm bounds what a reader can send.
const maxForm = 64 << 10

func (s *Site) handler(r Route) http.Handler {
	limit := r.MaxBody
	if limit == 0 {
		limit = maxForm
	}
	inner := page.Limit(limit, s.engine.Handler(func(v *page.Visit) error {
		switch r.Guard {
		case ByToken:
			v.Secret()
		case Anybody:
			v.W.Header().Set("Access-Control-Allow-Origin", "*")
			v.W.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
		case SameSite:
		}
		return r.Handle(v)
	}))
	if r.Guard == SameSite {
		return s.engine.Protect(inner)
	}
	return s.engine.Headers(inner)
}
