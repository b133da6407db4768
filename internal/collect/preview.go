package collect

import (
	"context"
	"html/template"
	"time"

	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Preview draws a spec that may not be stored yet, as readers would see it, and
// tells what was found. A malformed spec is an Invalid fault, as for Edit.
func (d *Desk) Preview(ctx context.Context, r store.Reader, workspace int64, spec Spec, lang i18n.Lang, now time.Time) (template.HTML, []Finding, error) {
	frozen, err := d.freeze(ctx, r, workspace, spec)
	if err != nil {
		return "", nil, failed("preview", err)
	}
	page, err := d.DrawForm(frozen, Sheet{Slug: "preview", Lang: lang})
	if err != nil {
		return "", nil, err
	}
	found, err := d.Findings(ctx, r, workspace, frozen, now)
	return page, found, err
}

// Snippet is plain HTML to paste into a page elsewhere: no script, no token, and
// the version that it was made from.
func (d *Desk) Snippet(live Live, lang i18n.Lang) (string, error) {
	page, err := d.DrawForm(live.Version.Spec, Sheet{
		Slug: live.Form.Slug, Base: d.BaseURL, Lang: lang, Embedded: true,
		Version: store.Public(VersionPrefix, live.Version.ID),
	})
	return string(page), err
}
