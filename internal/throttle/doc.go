// Package throttle slows strangers down: a token bucket for every key, such as a
// network or a mailbox.
//
// Invariants: its memory is bounded whatever keys are sent; keys that were not used
// for long are forgotten; it asks no clock. The buckets live in one process: several
// nodes together allow as many times the rate.
//
// Not here: limits that must hold across nodes, which belong into the database.
package throttle
