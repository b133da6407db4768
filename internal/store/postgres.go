package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver "pgx"
)

// maxPostgresConns leaves room for several nodes under PostgreSQL's default of 100.
const maxPostgresConns = 24

func openPostgres(ctx context.Context, url string) (*DB, error) {
	db, err := sql.Open("pgx", url)
	if err != nil {
		return nil, fmt.Errorf("store: open: %w", err)
	}
	db.SetMaxOpenConns(maxPostgresConns)
	db.SetMaxIdleConns(maxPostgresConns / 2)
	if err := db.PingContext(ctx); err != nil {
		return nil, fmt.Errorf("store: open: %w", translate(closing(db, err)))
	}
	p := &pool{db: db, stmts: map[string]*sql.Stmt{}}
	return &DB{engine: PostgreSQL, url: url, read: p, write: p}, nil
}

// postgresKinds maps SQLSTATE codes (PostgreSQL manual, appendix A).
var postgresKinds = map[string]faultKind{
	"23505": clash,
	"P0001": forbidden, // raise_exception, as our append-only triggers do
	"40001": race, "40P01": race,
	"55P03": locked, "53300": locked, "57P03": locked,
	"53100": diskFull,
	"25006": unwritable,
}

func postgresKind(err *pgconn.PgError) faultKind {
	if k, ok := postgresKinds[err.Code]; ok {
		return k
	}
	return other
}
