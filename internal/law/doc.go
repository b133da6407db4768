// Package law holds the rules that decide what may be sent, as dated data with
// citations, and the pure functions that hold facts against them.
//
// Invariants: no clock, no database, no network, so that a lawyer can follow
// every answer from the facts alone; each finding names its rule; a fact that is
// not known counts against sending; the version of a rule set changes whenever
// one of its files does.
//
// Not here: where facts come from (gate, compose, account), and what to do about
// a finding (the rooms that ask).
package law
