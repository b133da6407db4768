package store

import (
	"context"
	"fmt"
	"strings"
	"sync"
)

// rowsPerInsert keeps wide statements in the range where both drivers are fastest.
const rowsPerInsert = 64

// InsertRows inserts many rows with few statements. head is the constant up to
// and with VALUES, tail what follows the tuples (or ""); width is the number of
// columns and args holds the rows one after the other.
func (t *Tx) InsertRows(ctx context.Context, head, tail text, width int, args []any) error {
	if len(args)%width != 0 {
		return fmt.Errorf("store: insert rows: %d arguments are no multiple of %d", len(args), width)
	}
	for len(args) > 0 {
		n := rowsAtOnce(len(args) / width)
		if err := t.execWide(ctx, t.db.engine.tuples(head, tail, width, n), args[:n*width]); err != nil {
			return err
		}
		args = args[n*width:]
	}
	return nil
}

func (t *Tx) execWide(ctx context.Context, q string, args []any) error {
	if t.db.engine == SQLite {
		return translate(t.conn.Raw(func(conn any) error {
			// database/sql rolls back when this context ends, which it cannot while we hold
			// the connection. After that the rows would be no part of any transaction.
			if err := t.life.Err(); err != nil {
				return err
			}
			return conn.(*writerConn).exec(ctx, q, args)
		}))
	}
	st, err := t.prepareFinal(ctx, q)
	if err != nil {
		return err
	}
	_, err = st.ExecContext(ctx, args...)
	return translate(err)
}

// rowsAtOnce is how many of n rows the next statement takes: a power of two, so that
// few different statements are prepared, each of which keeps its memory.
func rowsAtOnce(n int) int {
	take := rowsPerInsert
	for take > n {
		take /= 2
	}
	return take
}

// wideInsert is what the text of one statement of InsertRows depends on.
type wideInsert struct {
	engine      Engine
	head, tail  text
	width, rows int
}

// wide remembers the texts of wide inserts, as bound does for other statements.
//
//arch:shared a memory of pure results, the same for every database
var wide sync.Map

// tuples writes head (?,?),(?,?) tail in the engine's placeholders.
func (e Engine) tuples(head, tail text, width, n int) string {
	shape := wideInsert{e, head, tail, width, n}
	if known, ok := wide.Load(shape); ok {
		return known.(string)
	}
	tuple := " (" + marks(width) + ")"
	q := string(head) + strings.Repeat(tuple+",", n-1) + tuple + " " + string(tail)
	if e == PostgreSQL {
		q = bindPostgres(q)
	}
	wide.Store(shape, q)
	return q
}
