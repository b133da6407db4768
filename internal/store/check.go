package store

import (
	"context"
	"fmt"
	"strings"
)

// Check prepares a statement on this engine and forgets it, and so finds bad
// syntax and unknown tables and columns without running anything. It is for the
// test that holds every statement of the program, which is why it takes a string.
func (d *DB) Check(ctx context.Context, statement string) error {
	lists := make([]any, strings.Count(statement, "(?...)"))
	for i := range lists {
		lists[i] = In([]int64{1})
	}
	final, _ := d.engine.bind(text(statement), lists)
	st, err := d.write.db.PrepareContext(ctx, final)
	if err != nil {
		return fmt.Errorf("store: check: %w", err)
	}
	return st.Close()
}
