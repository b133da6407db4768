// Package store is the one room that knows a database driver: connections,
// transactions, placeholders and migrations, on SQLite and on PostgreSQL.
//
// Invariants: a statement is a constant of the program (its parameter has an
// unexported type, so text made at run time does not compile); one text serves
// both engines; a write that returned nil is durable; SQLite has exactly one
// writer; engine errors leave this package as kinds of fault.
//
// How to write a statement: `?` placeholders, one argument per use. `IN (?...)`
// takes one List argument. `/*lock*/` at the end of a subselect claims rows
// (FOR UPDATE SKIP LOCKED on PostgreSQL, nothing on SQLite, whose only writer
// needs none); `/*hold*/` waits for them instead (FOR NO KEY UPDATE). Times are
// UTC microseconds, see Micros.
//
// Not here: any table's meaning. Every room keeps its own statements in sql.go.
package store
