package provision

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Fetched is a data set on its way to an operator, who brings it to the recipient. Done
// must be called when the copying has ended.
type Fetched struct {
	io.Reader
	ctx  context.Context
	s    *Runs
	by   account.By
	p    *parcel
	read int64
}

// Read implements io.Reader.
func (f *Fetched) Read(b []byte) (int, error) {
	n, err := f.Reader.Read(b)
	f.read += int64(n)
	return n, err
}

// Fetch hands a data set over to an operator: the copying is the hand-over. A run that
// was cut off may be fetched again, for a day.
func (s *Runs) Fetch(ctx context.Context, by account.By, workspace, id int64, now time.Time) (*Fetched, Run, error) {
	if err := s.may(ctx, s.Book.db, by, workspace); err != nil {
		return nil, Run{}, failed("fetch", err)
	}
	run, err := s.Run(ctx, s.Book.db, workspace, id)
	if err == nil && run.To.Target.Kind != ByFile {
		err = fault.New(fault.Refused, "provision.run.target")
	}
	if err != nil {
		return nil, Run{}, failed("fetch", err)
	}
	p, err := s.begin(ctx, by, workspace, id, now)
	if err != nil {
		return nil, Run{}, failed("fetch", err)
	}
	return &Fetched{Reader: p.open(), ctx: ctx, s: s, by: by, p: p}, p.run, nil
}

// Done notes how the copying ended: whole, or somewhere on its way (why, or too few
// octets), so that nobody knows what of it the operator has.
func (f *Fetched) Done(why error, now time.Time) error {
	if why == nil && f.read != f.p.size {
		why = fault.New(fault.Stale, "provision.attempt.changed")
	}
	if why != nil {
		detail := "provision.attempt.cut_off"
		if f.read == f.p.size {
			detail = readWhole
		}
		return failed("fetch", errors.Join(why, f.s.end(f.ctx, f.p, uncertain, detail, now)))
	}
	proof := "sha256 " + hex.EncodeToString(f.p.hash[:]) // who fetched it stands in the attempt
	ctx := context.WithoutCancel(f.ctx)
	err := f.s.Book.db.Write(ctx, func(tx *store.Tx) error {
		return f.s.note(ctx, tx, f.by, f.p.run.subject("provision.run.download", map[string]any{"size": f.p.size}), now)
	})
	return failed("fetch", errors.Join(err, f.s.end(f.ctx, f.p, arrived, proof, now)))
}

// Download is Fetch, copied to its end.
func (s *Runs) Download(ctx context.Context, by account.By, workspace, id int64, w io.Writer, now time.Time) error {
	f, _, err := s.Fetch(ctx, by, workspace, id, now)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, f)
	return f.Done(err, now)
}
