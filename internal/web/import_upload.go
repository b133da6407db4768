package web

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/web/page"
)

// importNewPage asks for a file.
type importNewPage struct {
	Form  page.Form
	Steps []page.Step
	// Most is the largest file in bytes.
	Most int64
}

func importSteps(now int) []page.Step {
	return page.StepsAt(now, "web.import.step.file", "web.import.step.map", "web.import.step.check", "web.import.step.run")
}

func (s *Site) importNew(c *Call) error {
	return c.Render("import_new", importNewPage{Steps: importSteps(1), Most: maxUpload})
}

// importUpload stores the file piece by piece as it comes in and looks at its
// beginning: what cannot be read is told before anything else is asked.
func (s *Site) importUpload(c *Call) error {
	order, err := s.receive(c)
	if err == nil {
		_, err = s.Imports.Look(c.Context(), c.Workspace.ID, order, c.Now)
		if unreadable(err) {
			err = nil // a person may say the encoding on the next page
		}
		if err != nil && order.File != 0 {
			err = errors.Join(err, job.DropBlob(c.Context(), s.DB, c.Workspace.ID, order.File))
		}
	}
	var form page.Form
	if form.Take(err) {
		return c.RenderForm("import_new", importNewPage{Form: form, Steps: importSteps(1), Most: maxUpload})
	}
	if err != nil {
		return err
	}
	return c.Redirect(importsPath + "/new/columns/" + store.Public(job.BlobPrefix, order.File))
}

// unreadable says whether an error is about an encoding that a person can choose.
func unreadable(err error) bool {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || len(f.Fields) == 0 {
		return false
	}
	switch f.Fields[0].Key {
	case "sheet.encoding.unknown", "sheet.encoding.ambiguous", "sheet.encoding.euc", "sheet.encoding.iso2022jp", "sheet.encoding.utf16_bare":
		return true
	}
	return false
}

// receive reads the file out of a posted form.
func (s *Site) receive(c *Call) (contact.Import, error) {
	part, err := filePart(c.R)
	if err != nil {
		return contact.Import{}, err
	}
	order, err := s.Imports.Receive(c.Context(), c.Workspace.ID, fileName(part.FileName()), part, c.Now)
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return order, fault.Bad("file", "web.import.too_large", "Max", page.Bytes(maxUpload))
	}
	return order, err
}

// filePart finds the file of a form that was posted as multipart/form-data.
func filePart(r *http.Request) (*multipart.Part, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return nil, fault.New(fault.Invalid, "page.content_type")
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, page.BodyError(err)
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, fault.Bad("file", "web.import.no_file")
		}
		if err != nil {
			return nil, page.BodyError(err)
		}
		if part.FormName() == "file" && part.FileName() != "" {
			return part, nil
		}
	}
}

// fileName is the name of a brought file without folders and control characters.
func fileName(name string) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, ""), `\`, "/"))
	name = line(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, name))
	for utf8.RuneCountInString(name) > 120 {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	return name
}
