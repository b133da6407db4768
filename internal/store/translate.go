package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"

	"github.com/kyodaku/kyodaku/internal/fault"
)

// faultKind is what an engine's error means to us.
type faultKind int

const (
	other faultKind = iota
	clash
	forbidden
	race
	locked
	diskFull
	unwritable
)

// translate gives an engine's error its kind. It never reads message texts.
func translate(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	if errors.Is(err, sql.ErrNoRows) {
		return fault.Wrap(fault.NotFound, err, "fault.not_found")
	}
	switch kindOf(err) {
	case clash:
		return fault.Wrap(fault.Exists, err, "fault.exists")
	case forbidden:
		return fault.Wrap(fault.Refused, err, "store.append_only")
	case race, locked:
		return fault.Wrap(fault.Busy, err, "fault.busy")
	case diskFull:
		return fault.Wrap(fault.Busy, err, "store.disk_full")
	case unwritable:
		return fault.Wrap(fault.Internal, err, "store.unwritable")
	}
	return err
}

func kindOf(err error) faultKind {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return sqliteKind(e)
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return postgresKind(e)
	}
	return other
}

// lostRace says whether the same transaction may simply be run again.
func lostRace(err error) bool { return kindOf(err) == race }
