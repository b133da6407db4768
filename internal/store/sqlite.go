package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"runtime"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/kyodaku/kyodaku/internal/fault"
)

// The page caches in KiB: every change goes through the one writer, and there may be
// many readers.
const (
	writerCache = "&_pragma=cache_size(-65536)"
	readerCache = "&_pragma=cache_size(-8192)"
)

// openSQLite opens one writer connection and a pool of readers. Pragmas stand in
// the DSN, so that every pooled connection has them; the busy timeout comes first,
// because switching to WAL itself may have to wait. A checkpoint every 64 MB of log
// instead of every 4 MB writes hot index pages once instead of many times.
func openSQLite(ctx context.Context, path string) (*DB, error) {
	base := "file:" + (&url.URL{Path: path}).EscapedPath() +
		"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
		"&_pragma=foreign_keys(1)&_pragma=temp_store(MEMORY)&_pragma=wal_autocheckpoint(16000)"
	if err := makePrivate(path); err != nil {
		return nil, fmt.Errorf("store: open %s: %w", path, err)
	}
	read, err := sql.Open("sqlite", base+readerCache+"&_pragma=query_only(1)")
	if err != nil {
		return nil, fmt.Errorf("store: open: %w", err)
	}
	write := sql.OpenDB(writerConnector{read.Driver(), base + writerCache + "&_txlock=immediate"})
	write.SetMaxOpenConns(1)
	if err := write.PingContext(ctx); err != nil {
		return nil, fmt.Errorf("store: open %s: %w", path, translate(closing(read, closing(write, err))))
	}
	read.SetMaxOpenConns(4 + 2*runtime.GOMAXPROCS(0))
	read.SetMaxIdleConns(4 + 2*runtime.GOMAXPROCS(0))
	return &DB{
		engine: SQLite, url: "sqlite:" + path,
		read:  &pool{db: read, stmts: map[string]*sql.Stmt{}},
		write: &pool{db: write, stmts: map[string]*sql.Stmt{}},
	}, nil
}

// makePrivate makes a new database file that only its owner can read: it is full of
// people. SQLite gives the files beside it the same rights; a file that is there
// already keeps those that somebody gave it.
func makePrivate(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fault.Wrap(fault.Internal, err, "store.unwritable")
	}
	return f.Close()
}

// closing closes a half-opened pool and keeps the error that matters.
func closing(db *sql.DB, err error) error {
	_ = db.Close() // the first error is the one to report
	return err
}

func sqliteKind(err *sqlite.Error) faultKind {
	switch err.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return clash
	case sqlite3.SQLITE_CONSTRAINT_TRIGGER:
		return forbidden
	}
	switch err.Code() & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return locked
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR:
		return diskFull
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN:
		return unwritable
	}
	return other
}
