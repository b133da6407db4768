package app

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/kyodaku/kyodaku/internal/campaign"
)

var _ campaign.Pages = ownPages{}

// ownPages asks our own public pages as a stranger without a session is answered,
// without the network: whether the outside reaches us is the doctor's question.
type ownPages struct{ pages http.Handler }

// Open implements campaign.Pages.
func (o ownPages) Open(ctx context.Context, path string) (int, string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, path, nil)
	if err != nil {
		return 0, "", fmt.Errorf("app: own pages: %w", err)
	}
	a := o.ask(r)
	return a.status, a.body.String(), nil
}

// Press implements campaign.Pages.
func (o ownPages) Press(ctx context.Context, path, encoding, body string) (status int, astray bool, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, path, strings.NewReader(body))
	if err != nil {
		return 0, false, fmt.Errorf("app: own pages: %w", err)
	}
	r.Header.Set("Content-Type", encoding)
	a := o.ask(r)
	return a.status, a.header.Get("Location") != "" || a.header.Get("Set-Cookie") != "", nil
}

func (o ownPages) ask(r *http.Request) *answered {
	r.RemoteAddr, r.RequestURI, r.Host = "127.0.0.1:0", r.URL.Path, "localhost"
	a := &answered{header: http.Header{}, status: http.StatusOK}
	o.pages.ServeHTTP(a, r)
	return a
}

// answered keeps an answer instead of sending it.
type answered struct {
	header http.Header
	body   bytes.Buffer
	status int
}

// Header implements http.ResponseWriter.
func (a *answered) Header() http.Header { return a.header }

// WriteHeader implements http.ResponseWriter.
func (a *answered) WriteHeader(status int) { a.status = status }

// Write implements http.ResponseWriter.
func (a *answered) Write(p []byte) (int, error) { return a.body.Write(p) }
