package account

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Profiles lists a workspace's sender profiles in use, the oldest first.
func (b *Book) Profiles(ctx context.Context, r store.Reader, workspace int64) ([]Profile, error) {
	rows, err := r.Query(ctx, sqlProfiles, workspace)
	if err != nil {
		return nil, failed("profiles", err)
	}
	list, err := collect(rows, scanProfile)
	return list, failed("profiles", err)
}

// ProfileByID reads one profile of a workspace, also an archived one.
func (b *Book) ProfileByID(ctx context.Context, r store.Reader, workspace, id int64) (Profile, error) {
	p, err := scanProfile(r.QueryRow(ctx, sqlProfileByID, id, workspace).Scan)
	return p, failed("profile", err)
}

// ArchiveProfile takes a profile out of use. The last one stays: without a sender
// nothing can be sent, not even a confirmation.
func (b *Book) ArchiveProfile(ctx context.Context, by By, workspace, id int64, now time.Time) error {
	err := b.db.Write(ctx, func(tx *store.Tx) error {
		if err := require(ctx, tx, by, workspace, ManageSettings); err != nil {
			return err
		}
		if err := changed(tx.Exec(ctx, sqlLockWorkspace, workspace)); err != nil {
			return err
		}
		if err := changed(tx.Exec(ctx, sqlArchiveProfile, store.Micros(now), id, workspace)); err != nil {
			return err
		}
		left, err := b.Profiles(ctx, tx, workspace)
		if err != nil {
			return err
		}
		if len(left) == 0 {
			return fault.New(fault.Refused, "account.profile.last")
		}
		return note(ctx, tx, by, Entry{Workspace: workspace, Action: "profile.archive", Subject: Subject{"sender_profile", id}}, now)
	})
	return failed("archive profile", err)
}

func scanProfile(scan func(...any) error) (Profile, error) {
	var p Profile
	var from, reply string
	var created, updated, archived int64
	l := &p.Label
	err := scan(&p.ID, &p.Workspace, &p.Name, &l.LegalName, &l.LegalNameEn, &l.PostalAddress, &l.PostalAddressEn,
		&l.Phone, &l.Email, &l.URL, &p.FromName, &from, &reply, &created, &updated, &archived)
	if err != nil {
		return Profile{}, err
	}
	if p.FromAddress, err = storedMail(from); err != nil {
		return Profile{}, err
	}
	if p.ReplyTo, err = storedMail(reply); err != nil {
		return Profile{}, err
	}
	p.CreatedAt, p.UpdatedAt, p.ArchivedAt = store.Time(created), store.Time(updated), store.Time(archived)
	return p, nil
}

// storedMail reads an address column that may be empty.
func storedMail(text string) (addr.Mail, error) {
	if text == "" {
		return addr.Mail{}, nil
	}
	return addr.StoredMail(text)
}
