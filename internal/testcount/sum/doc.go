// Command sum adds up what tests counted and fails when an engine was not met.
//
// Invariants: exit status 0 only when every engine of testcount has at least one
// passed test in the file.
//
// Not here: running tests.
package main
