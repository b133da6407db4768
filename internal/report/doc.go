// Package report answers questions that several rooms' rows answer together:
// what was sent to a person and what became of it, and what was lately said.
//
// Invariants: it only reads; every list goes on by a cursor, so that memory stays
// flat however long the history is; nothing of another workspace is ever read.
//
// Not here: the meaning of a consent (consent), of an outcome (delivery) or of a
// rule (law).
package report
