package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
)

// Engine is a kind of database.
type Engine string

// The two engines.
const (
	SQLite     Engine = "sqlite"
	PostgreSQL Engine = "postgresql"
)

// text is the type of a statement. Being unexported, only an untyped constant
// converts to it outside this package: injection is a compile error.
type text string

// Reader is what can be asked: a DB or a Tx.
type Reader interface {
	// Query returns rows; the caller closes them.
	Query(ctx context.Context, q text, args ...any) (*sql.Rows, error)
	// QueryRow returns one row; Scan gives fault.NotFound when there is none.
	QueryRow(ctx context.Context, q text, args ...any) *Row
}

// DB is an open database.
type DB struct {
	engine Engine
	url    string
	read   *pool
	write  *pool
	ids    idBlock
}

// pool is a database/sql pool with its prepared statements.
type pool struct {
	db *sql.DB
	mu sync.RWMutex
	// stmts holds what was prepared, by final text.
	stmts map[string]*sql.Stmt
}

// Open opens the database named by url: "sqlite:PATH", or a postgres:// URL.
// It does not migrate; see Migrate.
func Open(ctx context.Context, url string) (*DB, error) {
	switch {
	case strings.HasPrefix(url, "sqlite:"):
		return openSQLite(ctx, strings.TrimPrefix(url, "sqlite:"))
	case strings.HasPrefix(url, "postgres://"), strings.HasPrefix(url, "postgresql://"):
		return openPostgres(ctx, url)
	}
	return nil, fault.Bad("database", "store.url.unknown")
}

// Engine tells which engine this is.
func (d *DB) Engine() Engine { return d.engine }

// URL returns what Open was given; it may hold a password.
func (d *DB) URL() string { return d.url }

// Close closes every connection.
func (d *DB) Close() error {
	err := d.read.close()
	if d.write != d.read {
		err = errors.Join(err, d.write.close())
	}
	return err
}

// Ping checks that the database answers.
func (d *DB) Ping(ctx context.Context) error { return translate(d.read.db.PingContext(ctx)) }

// Query implements Reader, outside any transaction.
func (d *DB) Query(ctx context.Context, q text, args ...any) (*sql.Rows, error) {
	final, args := d.engine.bind(q, args)
	st, err := d.read.prepare(ctx, final)
	if err != nil {
		return nil, err
	}
	rows, err := st.QueryContext(ctx, args...)
	return rows, translate(err)
}

// QueryRow implements Reader, outside any transaction.
func (d *DB) QueryRow(ctx context.Context, q text, args ...any) *Row {
	final, args := d.engine.bind(q, args)
	st, err := d.read.prepare(ctx, final)
	if err != nil {
		return &Row{err: err}
	}
	return &Row{row: st.QueryRowContext(ctx, args...)}
}

// Row is one row to scan.
type Row struct {
	row *sql.Row
	err error
}

// Scan copies the columns; fault.NotFound when there is no row.
func (r *Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	return translate(r.row.Scan(dest...))
}

// writeTries is how often a transaction that lost a race on PostgreSQL is run again.
const writeTries = 5

// Write runs fn in a write transaction and commits. When fn or the commit fails
// nothing is kept. fn may run again after a lost race, so it must not have
// effects outside the transaction; those go into Tx.OnCommit. Where the database
// is held by others for too long the error is fault.Busy.
func (d *DB) Write(ctx context.Context, fn func(tx *Tx) error) error {
	for try := 1; ; try++ {
		err := d.writeOnce(ctx, fn)
		if err == nil || try == writeTries || !lostRace(err) {
			return err
		}
	}
}

func (d *DB) writeOnce(ctx context.Context, fn func(tx *Tx) error) error {
	tx := &Tx{db: d}
	defer tx.end()
	if err := d.transact(ctx, tx, fn); err != nil {
		return err
	}
	tx.committed = true
	for _, f := range tx.onCommit {
		f()
	}
	return nil
}

// queueTime bounds the wait for a connection. SQLite has one writer: behind a
// database that another process holds, each waiting transaction would otherwise
// wait for all before it, and people would get no answer at all.
const queueTime = 10 * time.Second

// transact runs and commits one transaction on a connection of its own, which is
// back in the pool when it returns: what follows the commit may need it.
func (d *DB) transact(ctx context.Context, tx *Tx, fn func(tx *Tx) error) error {
	wait, cancel := context.WithTimeout(ctx, queueTime)
	defer cancel()
	conn, err := d.write.db.Conn(wait)
	if err != nil {
		if ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
			return fault.Wrap(fault.Busy, err, "fault.busy")
		}
		return translate(err)
	}
	defer conn.Close()
	tx.conn, tx.life = conn, ctx
	if tx.raw, err = conn.BeginTx(ctx, nil); err != nil {
		return translate(err)
	}
	if err := fn(tx); err != nil {
		return errors.Join(err, ignoreDone(tx.raw.Rollback()))
	}
	return translate(tx.raw.Commit())
}

func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// prepare returns the prepared statement for a final text, once per pool.
func (p *pool) prepare(ctx context.Context, final string) (*sql.Stmt, error) {
	p.mu.RLock()
	st := p.stmts[final]
	p.mu.RUnlock()
	if st != nil {
		return st, nil
	}
	st, err := p.db.PrepareContext(ctx, final)
	if err != nil {
		return nil, fmt.Errorf("store: prepare %.60q: %w", final, translate(err))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if other := p.stmts[final]; other != nil {
		return other, st.Close()
	}
	p.stmts[final] = st
	return st, nil
}

func (p *pool) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, st := range p.stmts {
		_ = st.Close() // the pool goes with it
	}
	p.stmts = nil
	return p.db.Close()
}

// Micros is an instant as the tables hold it: UTC microseconds; zero time is 0.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// Time is the instant of a stored value; 0 is the zero time.
func Time(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}
