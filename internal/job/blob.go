package job

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// pieceSize is how much of a file one row holds.
const pieceSize = 256 << 10

// abandonedAfter is how old a file may become without being complete.
const abandonedAfter = 48 * time.Hour

// Blob is a stored file.
type Blob struct {
	ID        int64
	Workspace int64
	Name      string
	MediaType string
	// Size is in bytes.
	Size      int64
	Complete  bool
	CreatedAt time.Time
	// ExpiresAt is when the file is deleted; zero is never.
	ExpiresAt time.Time
}

// NewBlob is a file to be.
type NewBlob struct {
	Workspace int64
	Name      string
	MediaType string
	ExpiresAt time.Time
}

// CreateBlob makes an empty file, to be filled by AppendBlob and ended by SealBlob.
func CreateBlob(ctx context.Context, tx *store.Tx, n NewBlob, now time.Time) (int64, error) {
	id, err := tx.NewID(ctx)
	if err != nil {
		return 0, fmt.Errorf("job: blob: %w", err)
	}
	if _, err := tx.Exec(ctx, sqlInsertBlob, id, n.Workspace, n.Name, n.MediaType, store.Micros(now), store.Micros(n.ExpiresAt)); err != nil {
		return 0, fmt.Errorf("job: blob: %w", err)
	}
	return id, nil
}

// AppendBlob adds a piece. Pieces are read in the order of their numbers, which may
// have gaps; a number that is there already is fault.Exists.
func AppendBlob(ctx context.Context, tx *store.Tx, id, piece int64, data []byte) error {
	if _, err := tx.Exec(ctx, sqlPutPiece, id, piece, data); err != nil {
		return fmt.Errorf("job: blob: %w", err)
	}
	n, err := tx.Exec(ctx, sqlGrowBlob, len(data), id)
	if err != nil {
		return fmt.Errorf("job: blob: %w", err)
	}
	if n == 0 {
		return fmt.Errorf("job: blob: %w", fault.New(fault.Refused, "job.blob.sealed"))
	}
	return nil
}

// SealBlob completes a file; from then on it can be opened and no longer changed.
func SealBlob(ctx context.Context, tx *store.Tx, id int64) error {
	if _, err := tx.Exec(ctx, sqlSealBlob, id); err != nil {
		return fmt.Errorf("job: blob: %w", err)
	}
	return nil
}

// PutBlob stores what r gives. When r or the database fails nothing stays.
func PutBlob(ctx context.Context, db *store.DB, n NewBlob, r io.Reader, now time.Time) (id, size int64, err error) {
	w, err := NewWriter(ctx, db, n, now)
	if err != nil {
		return 0, 0, err
	}
	size, err = io.Copy(w, r)
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return 0, 0, errors.Join(fmt.Errorf("job: put blob: %w", err), w.Abort())
	}
	return w.ID(), size, nil
}

// Writer fills a file piece by piece.
type Writer struct {
	ctx context.Context
	db  *store.DB
	id  int64
	n   int64
	buf []byte
}

// NewWriter begins a file. The context is that of all its writes.
func NewWriter(ctx context.Context, db *store.DB, n NewBlob, now time.Time) (*Writer, error) {
	w := &Writer{ctx: ctx, db: db, buf: make([]byte, 0, pieceSize)}
	err := db.Write(ctx, func(tx *store.Tx) (err error) {
		w.id, err = CreateBlob(ctx, tx, n, now)
		return err
	})
	return w, err
}

// ID is the file's key.
func (w *Writer) ID() int64 { return w.id }

// Write implements io.Writer.
func (w *Writer) Write(p []byte) (int, error) {
	written := 0
	for len(p) > 0 {
		n := min(len(p), pieceSize-len(w.buf))
		w.buf = append(w.buf, p[:n]...)
		p, written = p[n:], written+n
		if len(w.buf) == pieceSize {
			if err := w.flush(false); err != nil {
				return written, err
			}
		}
	}
	return written, nil
}

// Close completes the file.
func (w *Writer) Close() error { return w.flush(true) }

// Abort deletes what was written.
func (w *Writer) Abort() error {
	return dropBlob(context.WithoutCancel(w.ctx), w.db, w.id)
}

func (w *Writer) flush(seal bool) error {
	err := w.db.Write(w.ctx, func(tx *store.Tx) error {
		if len(w.buf) > 0 {
			if err := AppendBlob(w.ctx, tx, w.id, w.n, w.buf); err != nil {
				return err
			}
		}
		if seal {
			return SealBlob(w.ctx, tx, w.id)
		}
		return nil
	})
	if err == nil {
		w.n, w.buf = w.n+1, w.buf[:0]
	}
	return err
}

// OpenBlob opens a complete file of a workspace. The reader holds one piece in
// memory and no connection; what is missing, incomplete or expired is fault.NotFound.
func OpenBlob(ctx context.Context, r store.Reader, workspace, id int64, now time.Time) (io.ReadCloser, Blob, error) {
	b, err := GetBlob(ctx, r, workspace, id)
	if err != nil {
		return nil, Blob{}, err
	}
	if !b.Complete || !b.ExpiresAt.IsZero() && !b.ExpiresAt.After(now) {
		return nil, Blob{}, fault.New(fault.NotFound, "job.blob.gone")
	}
	return &pieces{ctx: ctx, r: r, id: id, n: -1}, b, nil
}

// GetBlob tells about a file of a workspace, complete or not.
func GetBlob(ctx context.Context, r store.Reader, workspace, id int64) (Blob, error) {
	var b Blob
	var created, expires int64
	err := r.QueryRow(ctx, sqlGetBlob, workspace, id).Scan(&b.ID, &b.Workspace, &b.Name, &b.MediaType, &b.Size, &b.Complete, &created, &expires)
	if err != nil {
		return Blob{}, fmt.Errorf("job: blob: %w", err)
	}
	b.CreatedAt, b.ExpiresAt = store.Time(created), store.Time(expires)
	return b, nil
}

// pieces reads a file in order.
type pieces struct {
	ctx  context.Context
	r    store.Reader
	id   int64
	n    int64
	rest []byte
}

// Read implements io.Reader.
func (p *pieces) Read(dst []byte) (int, error) {
	for len(p.rest) == 0 {
		err := p.r.QueryRow(p.ctx, sqlNextPiece, p.id, p.n).Scan(&p.n, &p.rest)
		if fault.Is(err, fault.NotFound) {
			return 0, io.EOF
		}
		if err != nil {
			return 0, fmt.Errorf("job: read blob: %w", err)
		}
	}
	n := copy(dst, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

// Close implements io.Closer.
func (p *pieces) Close() error {
	p.rest = nil
	return nil
}

// DropBlob deletes a file of a workspace before its time.
func DropBlob(ctx context.Context, db *store.DB, workspace, id int64) error {
	if _, err := GetBlob(ctx, db, workspace, id); err != nil {
		return err
	}
	return dropBlob(ctx, db, id)
}

// SweepBlobs deletes files past their time, and those nobody completed.
func SweepBlobs(ctx context.Context, db *store.DB, now time.Time) error {
	for {
		ids, err := staleBlobs(ctx, db, now)
		if err != nil || len(ids) == 0 {
			return err
		}
		for _, id := range ids {
			if err := dropBlob(ctx, db, id); err != nil {
				return err
			}
		}
	}
}

func staleBlobs(ctx context.Context, db *store.DB, now time.Time) ([]int64, error) {
	ids, err := store.IDs(db.Query(ctx, sqlStaleBlobs, store.Micros(now), store.Micros(now.Add(-abandonedAfter))))
	if err != nil {
		return nil, fmt.Errorf("job: sweep: %w", err)
	}
	return ids, nil
}

// dropBlob deletes some pieces a transaction, so that a large file holds up nobody.
func dropBlob(ctx context.Context, db *store.DB, id int64) error {
	for {
		var left bool
		err := db.Write(ctx, func(tx *store.Tx) error {
			n, err := tx.Exec(ctx, sqlDropPieces, id, id)
			if left = n > 0; err != nil || left {
				return err
			}
			_, err = tx.Exec(ctx, sqlDropBlob, id)
			return err
		})
		if err != nil {
			return fmt.Errorf("job: drop blob: %w", err)
		}
		if !left {
			return nil
		}
	}
}
