// Package cli is the program as seen from a terminal: commands, flags, exit codes.
//
// Invariants: 0 means that everything asked for was done, 1 that it failed, 2 that
// it was asked for wrongly, 3 that a check said no; results go to standard output,
// everything else to standard error; no command asks questions when nobody can answer.
//
// Not here: what the commands do. They call rooms and translate.
package cli
