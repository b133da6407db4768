package collect

import (
	"context"
	"io"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
)

// downloadLife is how long a mailed download link works.
const downloadLife = 30 * 24 * time.Hour

// Handout is a document to be handed out: a file, or an address elsewhere.
type Handout struct {
	URL  string
	Blob job.Blob
	// File is to be closed; nil when URL is set.
	File io.ReadCloser
}

// Handout opens the document that a download link is for. It needs no consent to
// anything: the request itself is enough.
func (d *Desk) Handout(ctx context.Context, r store.Reader, token string, now time.Time) (Handout, error) {
	t, err := d.Ring.Verify(token, keyring.Download, now, downloadLife)
	if err != nil {
		return Handout{}, failed("handout", err)
	}
	s, err := d.signup(ctx, r, t.Workspace, t.ID)
	if err != nil {
		return Handout{}, failed("handout", err)
	}
	v, err := d.VersionByID(ctx, r, s.Workspace, s.Version)
	if err != nil {
		return Handout{}, err
	}
	a := v.Spec.Asset
	switch {
	case !s.DisownedAt.IsZero() || !v.Spec.HasAsset():
		return Handout{}, failed("handout", fault.New(fault.NotFound, "fault.not_found"))
	case a.URL != "":
		return Handout{URL: a.URL}, nil
	}
	file, blob, err := job.OpenBlob(ctx, r, s.Workspace, a.Blob, now)
	return Handout{Blob: blob, File: file}, failed("handout", err)
}
