// Package crash kills the built program in the middle of a campaign and counts
// what arrived.
//
// Invariants: the program is driven from outside only, as its users do; the
// receiving server is the witness, and it lives in the test, which is not killed.
// KYODAKU_CRASH_RECIPIENTS and KYODAKU_CRASH_ROUNDS make the run larger.
//
// Not here: machines that lose power.
package crash
