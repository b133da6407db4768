package store

import (
	"context"
	"database/sql"
	"fmt"
)

// Tx is a write transaction. It is used by one goroutine and only until the
// function given to Write returns.
type Tx struct {
	db *DB
	// conn is the connection that raw is on, life the context that raw ends with.
	conn      *sql.Conn
	life      context.Context
	raw       *sql.Tx
	onCommit  []func()
	committed bool
	// reserved is the end of the id block this transaction took, 0 if none.
	reserved int64
}

// Engine tells which engine this is.
func (t *Tx) Engine() Engine { return t.db.engine }

// OnCommit has f run after the commit, before Write returns, in the order given.
// It does not run when the transaction fails.
func (t *Tx) OnCommit(f func()) { t.onCommit = append(t.onCommit, f) }

// Query implements Reader inside the transaction. Read the rows to the end
// before the next statement: PostgreSQL has one conversation per connection.
func (t *Tx) Query(ctx context.Context, q text, args ...any) (*sql.Rows, error) {
	st, args, err := t.prepare(ctx, q, args)
	if err != nil {
		return nil, err
	}
	rows, err := st.QueryContext(ctx, args...)
	return rows, translate(err)
}

// QueryRow implements Reader inside the transaction.
func (t *Tx) QueryRow(ctx context.Context, q text, args ...any) *Row {
	st, args, err := t.prepare(ctx, q, args)
	if err != nil {
		return &Row{err: err}
	}
	return &Row{row: st.QueryRowContext(ctx, args...)}
}

// Exec runs a statement and returns how many rows it changed.
func (t *Tx) Exec(ctx context.Context, q text, args ...any) (int64, error) {
	st, args, err := t.prepare(ctx, q, args)
	if err != nil {
		return 0, err
	}
	res, err := st.ExecContext(ctx, args...)
	if err != nil {
		return 0, translate(err)
	}
	n, err := res.RowsAffected()
	return n, translate(err)
}

func (t *Tx) prepare(ctx context.Context, q text, args []any) (*sql.Stmt, []any, error) {
	final, args := t.db.engine.bind(q, args)
	st, err := t.prepareFinal(ctx, final)
	return st, args, err
}

// prepareFinal prepares on the transaction's own connection: the writer pool of
// SQLite has only that one, so preparing through the pool would wait for ever.
func (t *Tx) prepareFinal(ctx context.Context, final string) (*sql.Stmt, error) {
	p := t.db.write
	p.mu.RLock()
	st := p.stmts[final]
	p.mu.RUnlock()
	if st == nil {
		own, err := t.raw.PrepareContext(ctx, final)
		if err != nil {
			return nil, fmt.Errorf("store: prepare %.60q: %w", final, translate(err))
		}
		t.learn(final)
		return own, nil
	}
	return t.raw.StmtContext(ctx, st), nil
}

// learn has a text prepared for the pool once this transaction is over.
func (t *Tx) learn(final string) {
	t.OnCommit(func() {
		// Preparing is only a shortcut for the next transaction; a failure shows there.
		_, _ = t.db.write.prepare(context.WithoutCancel(context.Background()), final)
	})
}

// end settles what the transaction reserved.
func (t *Tx) end() {
	if t.committed && t.reserved > 0 {
		t.db.ids.extend(t.reserved)
	}
}
