// Package storetest gives each test fresh, migrated databases of both engines.
//
// Invariants: a test runs on SQLite and on a real PostgreSQL, or fails; nothing
// is shared between tests.
//
// Not here: rows. Every test makes its own few.
package storetest
