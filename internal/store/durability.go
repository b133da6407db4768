package store

import (
	"context"
	"fmt"
)

const (
	sqlSQLiteDurability   = `SELECT j.journal_mode || '/' || CASE s.synchronous WHEN 0 THEN 'OFF' WHEN 1 THEN 'NORMAL' WHEN 2 THEN 'FULL' ELSE 'EXTRA' END FROM pragma_journal_mode AS j, pragma_synchronous AS s`
	sqlPostgresDurability = `SELECT 'fsync ' || current_setting('fsync') || ', synchronous_commit ' || current_setting('synchronous_commit')`
)

// Durability tells what a commit waits for, as the engine itself says, for reports:
// "wal/FULL" on SQLite, "fsync on, synchronous_commit on" on PostgreSQL.
func (d *DB) Durability(ctx context.Context) (string, error) {
	statement := sqlPostgresDurability
	if d.engine == SQLite {
		statement = sqlSQLiteDurability
	}
	var text string
	if err := d.write.db.QueryRowContext(ctx, statement).Scan(&text); err != nil {
		return "", fmt.Errorf("store: durability: %w", err)
	}
	return text, nil
}
