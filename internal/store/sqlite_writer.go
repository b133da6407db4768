package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
)

// writerConnector opens the one connection that writes to a SQLite file.
type writerConnector struct {
	driver driver.Driver
	dsn    string
}

// Driver implements driver.Connector.
func (c writerConnector) Driver() driver.Driver { return c.driver }

// Connect implements driver.Connector.
func (c writerConnector) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.driver.Open(c.dsn)
	if err != nil {
		return nil, err
	}
	w := &writerConn{Conn: conn, wide: map[string]driver.StmtExecContext{}}
	var ok [4]bool
	w.ConnBeginTx, ok[0] = conn.(driver.ConnBeginTx)
	w.ConnPrepareContext, ok[1] = conn.(driver.ConnPrepareContext)
	w.SessionResetter, ok[2] = conn.(driver.SessionResetter)
	w.Validator, ok[3] = conn.(driver.Validator)
	if ok != [4]bool{true, true, true, true} {
		return nil, errors.Join(fmt.Errorf("store: the driver's %T lacks what is needed", conn), conn.Close())
	}
	return w, nil
}

// writerConn is the driver's connection with wide inserts that go around database/sql,
// which copies and checks every argument: of an import's some sixty for each row that
// alone is a tenth of the work. It is used by one goroutine at a time.
type writerConn struct {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.SessionResetter
	driver.Validator
	wide map[string]driver.StmtExecContext
	args []driver.NamedValue
}

// Close implements driver.Conn. The file is not let go while a statement is open.
func (w *writerConn) Close() error {
	var all []error
	for _, st := range w.wide {
		all = append(all, st.(driver.Stmt).Close())
	}
	w.wide = nil
	return errors.Join(append(all, w.Conn.Close())...)
}

// exec runs a statement that is kept for the next time.
func (w *writerConn) exec(ctx context.Context, q string, args []any) error {
	st := w.wide[q]
	if st == nil {
		prepared, err := w.PrepareContext(ctx, q)
		if err != nil {
			return fmt.Errorf("store: prepare %.60q: %w", q, err)
		}
		own, ok := prepared.(driver.StmtExecContext)
		if !ok {
			return errors.Join(fmt.Errorf("store: the driver's %T cannot be run", prepared), prepared.Close())
		}
		st, w.wide[q] = own, own
	}
	w.args = w.args[:0]
	for i, a := range args {
		v, err := plain(a)
		if err != nil {
			return fmt.Errorf("store: argument %d of %.60q: %w", i+1, q, err)
		}
		w.args = append(w.args, driver.NamedValue{Ordinal: i + 1, Value: v})
	}
	_, err := st.ExecContext(ctx, w.args)
	return err
}

// plain gives an argument one of the types that drivers take.
func plain(a any) (driver.Value, error) {
	switch v := a.(type) {
	case int64, string, []byte, bool:
		return v, nil
	case int:
		return int64(v), nil
	}
	return driver.DefaultParameterConverter.ConvertValue(a)
}
