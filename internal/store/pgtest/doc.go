// Package pgtest says where the PostgreSQL for tests is.
//
// Invariants: a test that asks and finds none fails; it is never left out.
//
// Not here: starting the server, which scripts/postgres-test.sh does once for a
// whole run, and databases of one's own inside it, which storetest makes.
package pgtest
