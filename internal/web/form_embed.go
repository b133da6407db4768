package web

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"html"
	"html/template"
	"net/http"
	"time"

	"github.com/skip2/go-qrcode"

	"github.com/kyodaku/kyodaku/internal/collect"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// formEmbedPage tells how readers get to the form.
type formEmbedPage struct {
	formHead
	URL string
	QR  template.URL
	// Widgets are the ways to show it in other pages, by name.
	Widgets []snippet
	// HTML is the form as plain HTML, one for each language.
	HTML []snippet
}

// snippet is something to paste, with the catalogue key of what it is.
type snippet struct{ Key, Help, Code string }

func (s *Site) formEmbed(c *Call) error {
	f, err := s.form(c)
	if err != nil {
		return err
	}
	p := formEmbedPage{formHead: c.formHead(f, "embed"), URL: s.formURL(f)}
	if !f.Open() {
		return c.Render("form_embed", p)
	}
	png, err := qrcode.Encode(p.URL, qrcode.Medium, 416)
	if err != nil {
		return err
	}
	// The picture is ours: html/template would not let a data address through otherwise.
	p.QR = template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(png))
	script := `<script async src="` + html.EscapeString(s.BaseURL) + `/widget.js" data-form="` + html.EscapeString(f.Slug) + `"`
	p.Widgets = []snippet{
		{"web.forms.embed.inline", "web.forms.embed.inline_help", script + ` data-mode="inline"></script>`},
		{"web.forms.embed.popup", "web.forms.embed.popup_help", script + ` data-mode="popup" data-delay="20" data-every="30"></script>`},
		{"web.forms.embed.banner", "web.forms.embed.banner_help", script + ` data-mode="banner" data-scroll="50" data-every="30"></script>`},
	}
	live, err := s.Collect.VersionByID(c.Context(), s.DB, c.Workspace.ID, f.Live)
	if err != nil {
		return err
	}
	for _, lang := range live.Spec.Langs {
		text, err := s.Collect.Snippet(collect.Live{Form: f, Version: live}, lang)
		if err != nil {
			return err
		}
		key := "web.forms.embed.html_ja"
		if lang == i18n.En {
			key = "web.forms.embed.html_en"
		}
		p.HTML = append(p.HTML, snippet{Key: key, Code: text})
	}
	return c.Render("form_embed", p)
}

// maxDocument bounds a document to hand out, in bytes.
const maxDocument = 50 << 20

// formFile stores a document to hand out and puts it into the newest version.
func (s *Site) formFile(c *Call) error {
	f, err := s.form(c)
	if err != nil {
		return err
	}
	if f.Preset != collect.WhitePaper {
		return fault.New(fault.Refused, "collect.spec.asset_preset")
	}
	part, err := filePart(c.R)
	if err != nil {
		return err
	}
	kind := part.Header.Get("Content-Type")
	if kind == "" || len(kind) > 100 {
		kind = "application/octet-stream"
	}
	const life = 100 * 365 * 24 * time.Hour // as long as the form may hand it out
	blob, _, err := job.PutBlob(c.Context(), s.DB, job.NewBlob{
		Workspace: c.Workspace.ID, Name: fileName(part.FileName()), MediaType: kind, ExpiresAt: c.Now.Add(life),
	}, part, c.Now)
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return page.BodyError(err)
	}
	if err != nil {
		return err
	}
	spec, err := s.latest(c, f)
	if err != nil {
		return err
	}
	spec.Asset = collect.Asset{Blob: blob}
	if _, err := s.Collect.Edit(c.Context(), c.By(), f, spec, c.Now); err != nil {
		return err
	}
	return c.Done(c.formRow(f).Path()+"/edit", "web.forms.file_stored")
}

// documentName is the name of the stored document, "" if there is none.
func (s *Site) documentName(c *Call, spec collect.Spec) (string, error) {
	if spec.Asset.Blob == 0 {
		return "", nil
	}
	b, err := job.GetBlob(c.Context(), s.DB, c.Workspace.ID, spec.Asset.Blob)
	if fault.Is(err, fault.NotFound) {
		return store.Public(job.BlobPrefix, spec.Asset.Blob), nil
	}
	return b.Name, err
}

// shortHash is the beginning of a hash, enough to tell versions apart.
func shortHash(hash []byte) string {
	const bytes = 6
	return hex.EncodeToString(hash[:min(bytes, len(hash))])
}
