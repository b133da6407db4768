// Package testcount counts which tests really met which engine, so that a run can
// say so at its end and a machine without PostgreSQL cannot look green.
//
// Invariants: a test counts when it has passed, not when it began; several test
// processes may count into one file at the same time.
//
// Not here: adding up, which internal/testcount/sum does after the run.
package testcount
