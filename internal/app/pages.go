package app

import (
	"bytes"
	"context"
	"fmt"
	"net/http"

	"github.com/kyodaku/kyodaku/internal/campaign"
)

// ownPages asks our own public pages as a stranger without a session is answered,
// without the network: whether the outside reaches us is the doctor's question.
func ownPages(pages http.Handler) campaign.Pages {
	return func(ctx context.Context, path string) (int, string, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, path, nil)
		if err != nil {
			return 0, "", fmt.Errorf("app: own pages: %w", err)
		}
		r.RemoteAddr, r.RequestURI, r.Host = "127.0.0.1:0", path, "localhost"
		a := &answered{header: http.Header{}, status: http.StatusOK}
		pages.ServeHTTP(a, r)
		return a.status, a.body.String(), nil
	}
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
