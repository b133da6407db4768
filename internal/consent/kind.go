package consent

import (
	"strconv"

	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Alone is the kind of a ground that shares its answer with no other. 0 is that of one
// which is not sorted yet (Log.SortKinds).
const Alone int64 = 1

// groundOf is a number for all grounds of a permission that the gate cannot tell apart,
// but for their dates, and the day that the ground itself is dated (0 for none): the last
// transaction, or when the page was looked at. What changes with time or with the
// person's choices is no part of it.
func groundOf(s *State, f *contact.BasisFacts) (kind, at int64) {
	basis, grade := place(string(s.Basis), "B1B2B3B4", 2), place(string(s.Grade), "ABCD", 1)
	if basis < 0 || grade < 0 {
		return Alone, 0
	}
	kind = 2 + basis + 8*grade + 64*one(s.OwnEvent != 0) + 128*one(s.Event != 0)
	if f == nil {
		return kind, 0
	}
	at = store.Micros(f.LastTransaction)
	if looked := store.Micros(f.PageCaptured); looked != 0 {
		if at != 0 {
			return Alone, 0
		}
		at = looked
	}
	text := strconv.AppendInt(make([]byte, 0, 128), kind, 10)
	for _, fact := range [...]string{f.Entity, f.Counterparty, f.Implied} {
		text = append(append(text, 0), fact...)
	}
	text = append(text, 0)
	for _, yes := range [...]bool{
		f.Transaction != "", !f.LastTransaction.IsZero(), f.Written, f.AdsDeclined, f.PageURL != "", !f.PageCaptured.IsZero(), f.PageRefuses,
		f.InBusiness, f.Express, f.RelevantToRole, f.OwnSimilar, f.RefusalOffered, f.Charity, f.DoubleOptIn,
	} {
		text = append(text, '0'+byte(one(yes)))
	}
	return contact.KindNumber(text), at
}

// place is the number of a word in a row of words of one width, from 1; 0 for no word,
// below 0 for one that is not there.
func place(word, row string, width int) int64 {
	if word == "" {
		return 0
	}
	for i := 0; i+width <= len(row); i += width {
		if row[i:i+width] == word {
			return int64(i/width) + 1
		}
	}
	return -1
}

func one(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}
