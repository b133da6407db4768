package page

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
)

// StrictPolicy is the content security policy of our own pages: nothing from
// elsewhere, nothing inline. Frames are for previews of our own pages.
const StrictPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// maxBody is how much a request may carry unless its route says otherwise: the
// largest form we have, with room.
const maxBody = 1 << 20

type requestIDKey struct{}

// RequestID names the request in logs and error pages, or is "" outside one.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// Outer is what stands before every face of the program: a request id, a line in
// the access log and an answer even when a handler breaks.
func Outer(log *slog.Logger, clock func() time.Time, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := strings.ToLower(rand.Text()[:16])
		r = r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id))
		w.Header().Set("X-Request-Id", id)
		start, answer := clock(), &answer{ResponseWriter: w}
		defer func() {
			if broken := recover(); broken != nil {
				log.ErrorContext(r.Context(), "handler broke", slog.String("request", id), slog.String("route", r.Pattern),
					slog.Any("panic", broken), slog.String("stack", string(debug.Stack())))
				answer.broken()
			}
			// The path stays out: it may carry a token or a name.
			log.InfoContext(r.Context(), "request", slog.String("request", id), slog.String("method", r.Method), slog.String("route", r.Pattern),
				slog.Int("status", answer.status), slog.Int64("bytes", answer.bytes), slog.Duration("took", clock().Sub(start)))
		}()
		next.ServeHTTP(answer, r)
	})
}

// answer notes what was answered.
type answer struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader notes the status.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 || a.status < http.StatusOK {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write counts the bytes.
func (a *answer) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	n, err := a.ResponseWriter.Write(b)
	a.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// broken answers for a handler that broke before it answered.
func (a *answer) broken() {
	if a.status == 0 {
		a.Header().Set("Cache-Control", "no-store")
		http.Error(a, "Internal Server Error", http.StatusInternalServerError)
	}
}

// Protect sets the headers that keep a browser safe and refuses forms that other
// sites post (http.CrossOriginProtection).
func (e *Engine) Protect(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(e.Headers(e.Handler(func(*Visit) error {
		return fault.New(fault.Refused, "page.cross_origin")
	})))
	return e.Headers(cross.Handler(next))
}

// Headers sets the safety headers alone, for pages that other sites may post to.
func (e *Engine) Headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", e.cfg.Policy)
		h.Set("X-Content-Type-Options", "nosniff")
		// With no-referrer a browser names no origin when it posts, and over plain
		// HTTP there is nothing else to tell a stranger's form by.
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
		if e.secure(r) {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// secure says whether the browser speaks HTTPS.
func (e *Engine) secure(r *http.Request) bool {
	return strings.HasPrefix(e.cfg.BaseURL, "https://") || e.cfg.Proxies.Secure(r)
}

// Limit bounds a request's body in bytes; 0 is the usual limit.
func Limit(limit int64, next http.Handler) http.Handler {
	if limit == 0 {
		limit = maxBody
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		next.ServeHTTP(w, r)
	})
}

// Secret marks a page whose address carries a token: it is not indexed and its
// address is told to nobody. Its forms must be safe by the token, since browsers
// then post them without naming an origin.
func (v *Visit) Secret() {
	v.W.Header().Set("Referrer-Policy", "no-referrer")
	v.W.Header().Set("X-Robots-Tag", "noindex")
}

// Framed lets our own pages show this one in a frame, for previews.
func (v *Visit) Framed() {
	policy := strings.ReplaceAll(v.engine.cfg.Policy, "frame-ancestors 'none'", "frame-ancestors 'self'")
	v.W.Header().Set("Content-Security-Policy", policy)
}
