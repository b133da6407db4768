// Package kana brings Japanese names into one shape: NormalName for keeping and
// showing, SearchKey for finding.
//
// Invariants: neither ever uses NFKC, which would turn ㈱ into (株) and ① into 1;
// NormalName never exchanges one kanji for another, SearchKey does so on purpose;
// both are idempotent.
//
// Not here: romanisation, and guessing where a family name ends.
package kana
