package report

import (
	"context"
	"fmt"

	"github.com/kyodaku/kyodaku/internal/store"
)

// Holder is whose address a hash is.
type Holder struct {
	// Contact is 0 where nobody has confirmed the address, or where it was erased.
	Contact int64
	// Shown is the address as it is shown; empty once it is erased.
	Shown string
}

// Holders finds addresses by their keyed hashes, as a map keyed by string(hash).
// What the workspace does not have is not in it.
func Holders(ctx context.Context, r store.Reader, workspace int64, hashes [][]byte) (map[string]Holder, error) {
	rows, err := r.Query(ctx, sqlHolders, workspace, store.In(hashes))
	if err != nil {
		return nil, fmt.Errorf("report: holders: %w", err)
	}
	defer rows.Close()
	found := make(map[string]Holder, len(hashes))
	for rows.Next() {
		var hash []byte
		var h Holder
		if err := rows.Scan(&hash, &h.Contact, &h.Shown); err != nil {
			return nil, fmt.Errorf("report: holders: %w", err)
		}
		found[string(hash)] = h
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("report: holders: %w", err)
	}
	return found, nil
}
