package consent

import (
	"context"
	"fmt"

	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/store"
)

func basisRow(into []any, e *Event, f *contact.BasisFacts) []any {
	return append(into, e.ID, e.Workspace, f.Entity, f.Counterparty, f.Transaction, store.Micros(f.LastTransaction),
		f.Written, f.Document, f.ReceivedBy, f.AdsDeclined, f.PageURL, store.Micros(f.PageCaptured), f.PageHash, f.PageRefuses,
		f.InBusiness, f.Express, f.Implied, f.RelevantToRole, f.OwnSimilar, f.RefusalOffered, f.Charity, f.DoubleOptIn)
}

// BasisFacts reads what permissions rest on besides the person's word, by the id of
// the event that gave them. An event that is missing in the answer has no such facts.
func (l *Log) BasisFacts(ctx context.Context, r store.Reader, events []int64) (map[int64]contact.BasisFacts, error) {
	all := make(map[int64]contact.BasisFacts)
	if len(events) == 0 {
		return all, nil
	}
	rows, err := r.Query(ctx, sqlBases, store.In(events))
	if err != nil {
		return nil, fmt.Errorf("consent: basis facts: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, last, captured int64
		var f contact.BasisFacts
		err := rows.Scan(&id, &f.Entity, &f.Counterparty, &f.Transaction, &last, &f.Written, &f.Document, &f.ReceivedBy,
			&f.AdsDeclined, &f.PageURL, &captured, &f.PageHash, &f.PageRefuses, &f.InBusiness, &f.Express, &f.Implied,
			&f.RelevantToRole, &f.OwnSimilar, &f.RefusalOffered, &f.Charity, &f.DoubleOptIn)
		if err != nil {
			return nil, fmt.Errorf("consent: basis facts: %w", err)
		}
		f.LastTransaction, f.PageCaptured = store.Time(last), store.Time(captured)
		all[id] = f
	}
	return all, rows.Err()
}
