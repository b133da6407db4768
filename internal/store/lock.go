package store

import "context"

const sqlLockPostgres = `SELECT pg_advisory_xact_lock(hashtextextended(?, 0))`

// Lock waits until no other transaction holds the lock of that name and holds it
// to the end of this one. What is written under one lock is therefore committed
// in the order of the waiting. On SQLite every transaction is alone already.
func (t *Tx) Lock(ctx context.Context, name string) error {
	if t.db.engine != PostgreSQL {
		return nil
	}
	_, err := t.Exec(ctx, sqlLockPostgres, name)
	return err
}
