// Package bench measures the program as a whole and says beside every figure on
// what it was measured.
//
// Invariants: what is measured is what serve runs: real database, gate, renderer,
// signatures and SMTP, with a receiving server in the same process that takes
// everything. Nothing leaves the machine.
//
// Not here: benchmarks of single functions (beside them, go test -bench).
package bench
