package store

import (
	"context"
	"fmt"
)

// Analyze has the engine look anew at how its tables are filled, so that what is asked
// right after very many changes is planned well. PostgreSQL does so by itself, but only
// when its watch comes round; SQLite's statements do not depend on it.
func (d *DB) Analyze(ctx context.Context) error {
	if d.engine != PostgreSQL {
		return nil
	}
	if _, err := d.write.db.ExecContext(ctx, `ANALYZE`); err != nil {
		return fmt.Errorf("store: analyze: %w", translate(err))
	}
	return nil
}
