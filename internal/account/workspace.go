package account

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Workspace is one legal entity that sends; all data belongs to one.
type Workspace struct {
	ID int64
	// Slug is the workspace in addresses of public pages: a-z, 0-9 and hyphens.
	Slug string
	// Name is the short name for operators.
	Name       string
	Label      Label
	PrivacyURL string
	// Lang is the language of what readers get unless they choose.
	Lang i18n.Lang
	// Zone is the IANA time zone of dates and of days of the week.
	Zone string
	// NonProfit says that the entity is outside 特定電子メール法 2条2号.
	NonProfit bool
	CreatedAt time.Time
	// UpdatedAt is the version for edits.
	UpdatedAt time.Time
}

// Location is the workspace's time zone, or UTC when this machine does not know it.
func (w Workspace) Location() *time.Location {
	loc, err := time.LoadLocation(w.Zone)
	if err != nil {
		return time.UTC
	}
	return loc
}

// Workspaces lists all workspaces, the oldest first.
func (b *Book) Workspaces(ctx context.Context, r store.Reader) ([]Workspace, error) {
	rows, err := r.Query(ctx, sqlWorkspaces)
	if err != nil {
		return nil, failed("workspaces", err)
	}
	list, err := collect(rows, scanWorkspace)
	return list, failed("workspaces", err)
}

// WorkspaceByID reads one workspace.
func (b *Book) WorkspaceByID(ctx context.Context, r store.Reader, id int64) (Workspace, error) {
	w, err := scanWorkspace(r.QueryRow(ctx, sqlWorkspaceByID, id).Scan)
	return w, failed("workspace", err)
}

// WorkspaceBySlug reads one workspace.
func (b *Book) WorkspaceBySlug(ctx context.Context, r store.Reader, slug string) (Workspace, error) {
	if !slugForm.MatchString(slug) {
		return Workspace{}, fault.New(fault.NotFound, "fault.not_found")
	}
	w, err := scanWorkspace(r.QueryRow(ctx, sqlWorkspaceBySlug, slug).Scan)
	return w, failed("workspace", err)
}

func scanWorkspace(scan func(...any) error) (Workspace, error) {
	var w Workspace
	var created, updated int64
	l := &w.Label
	err := scan(&w.ID, &w.Slug, &w.Name, &l.LegalName, &l.LegalNameEn, &l.PostalAddress, &l.PostalAddressEn,
		&l.Phone, &l.Email, &l.URL, &w.PrivacyURL, &w.Lang, &w.Zone, &w.NonProfit, &created, &updated)
	w.CreatedAt, w.UpdatedAt = store.Time(created), store.Time(updated)
	return w, err
}
