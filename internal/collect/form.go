package collect

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Form is a form by its name; what it says stands in its versions.
type Form struct {
	ID        int64
	Workspace int64
	// Slug is the form in its address, /f/SLUG.
	Slug string
	// Name is for operators.
	Name   string
	Preset Preset
	// Live is the id of the published version, 0 if none.
	Live int64
	// Latest is the id of the newest version; it is a draft while it differs from Live.
	Latest      int64
	PublishedAt time.Time
	ArchivedAt  time.Time
	CreatedAt   time.Time
	// UpdatedAt is the version for edits.
	UpdatedAt time.Time
}

// Open says whether readers can fill the form in.
func (f Form) Open() bool { return f.Live != 0 && f.ArchivedAt.IsZero() }

// Draft says whether there are changes that readers do not see yet.
func (f Form) Draft() bool { return f.Latest != f.Live }

// Version is a form as it stands or stood.
type Version struct {
	ID     int64
	Form   int64
	Number int64
	Spec   Spec
	// Hash is the SHA-256 of the stored spec.
	Hash      []byte
	CreatedAt time.Time
	CreatedBy int64
}

// scanner is a row, or rows.
type scanner interface{ Scan(dest ...any) error }

func scanForm(row scanner) (Form, error) {
	var f Form
	var published, archived, created, updated int64
	err := row.Scan(&f.ID, &f.Workspace, &f.Slug, &f.Name, &f.Preset, &f.Live, &f.Latest, &published, &archived, &created, &updated)
	f.PublishedAt, f.ArchivedAt = store.Time(published), store.Time(archived)
	f.CreatedAt, f.UpdatedAt = store.Time(created), store.Time(updated)
	return f, err
}

func scanVersion(row scanner) (Version, error) {
	var v Version
	var text string
	var created int64
	if err := row.Scan(&v.ID, &v.Form, &v.Number, &text, &v.Hash, &created, &v.CreatedBy); err != nil {
		return Version{}, err
	}
	v.CreatedAt = store.Time(created)
	var err error
	v.Spec, err = ParseSpec([]byte(text))
	return v, err
}

// Forms lists a workspace's forms, the newest first.
func (d *Desk) Forms(ctx context.Context, r store.Reader, workspace int64, archived bool) (list []Form, err error) {
	rows, err := r.Query(ctx, sqlForms, workspace, archived)
	if err != nil {
		return nil, failed("forms", err)
	}
	defer rows.Close()
	for rows.Next() {
		f, err := scanForm(rows)
		if err != nil {
			return nil, failed("forms", err)
		}
		list = append(list, f)
	}
	return list, failed("forms", rows.Err())
}

// FormByID reads one form of a workspace.
func (d *Desk) FormByID(ctx context.Context, r store.Reader, workspace, id int64) (Form, error) {
	f, err := scanForm(r.QueryRow(ctx, sqlForm, id, workspace))
	return f, failed("form", err)
}

// Versions lists a form's versions, the newest first, at most the last hundred.
func (d *Desk) Versions(ctx context.Context, r store.Reader, workspace, form int64) (list []Version, err error) {
	rows, err := r.Query(ctx, sqlVersions, form, workspace)
	if err != nil {
		return nil, failed("versions", err)
	}
	defer rows.Close()
	for rows.Next() {
		v, err := scanVersion(rows)
		if err != nil {
			return nil, failed("versions", err)
		}
		list = append(list, v)
	}
	return list, failed("versions", rows.Err())
}

// VersionByID reads one version; one of another workspace is fault.NotFound.
func (d *Desk) VersionByID(ctx context.Context, r store.Reader, workspace, id int64) (Version, error) {
	v, err := scanVersion(r.QueryRow(ctx, sqlVersion, id, workspace))
	return v, failed("version", err)
}

// Live is a form that readers can fill in, with its published version.
type Live struct {
	Form    Form
	Version Version
}

// LiveBySlug reads what readers see at /f/SLUG; a form that is not published, or
// no longer, is fault.NotFound.
func (d *Desk) LiveBySlug(ctx context.Context, r store.Reader, slug string) (Live, error) {
	f, err := scanForm(r.QueryRow(ctx, sqlFormBySlug, slug))
	if err != nil {
		return Live{}, failed("live form", err)
	}
	if !f.Open() {
		return Live{}, failed("live form", fault.New(fault.NotFound, "collect.form.closed"))
	}
	v, err := d.VersionByID(ctx, r, f.Workspace, f.Live)
	return Live{f, v}, err
}
