// Package daemontest runs servers of the machine for tests: a program, a folder and a
// port of its own, from the first answer to the end of the test.
//
// Invariants: a server ends with its test, and by itself when the test died; what it
// said is shown when the test fails; a server that does not answer fails the test.
//
// Not here: what a server is told, which the kit of each server knows.
package daemontest
