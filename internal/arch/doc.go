// Package arch holds the shape of the house by tests: the order of imports, the
// purity of rooms, sizes, comments, dependencies, and every SQL statement.
//
// Invariants: the rules live in docs/ARCHITECTURE.md and docs/HACKING.md, for
// people; the tests here read the first and repeat the second. An exception is a
// line //arch:long, //arch:data or //arch:clock with a reason, and all of them are
// listed by go test -v -run Exceptions ./internal/arch.
//
// Not here: anything the program needs.
package arch
