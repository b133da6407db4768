// Package app builds the rooms once, starts them in the order they need each
// other, and stops them in the reverse.
//
// Invariants: New touches nothing but the database and the key file; after Stop
// nothing of it runs, and every outcome is stored; on SQLite only one process
// serves a data folder at a time.
//
// Not here: reading flags and files (cli), and any decision.
package app
