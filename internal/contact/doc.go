// Package contact keeps people and the addresses by which they are reached:
// names the Japanese and the Western way, own attributes, search, merge, erasure,
// segments, import and export.
//
// Invariants: a person and an address belong to one workspace and are never read
// from another; an address is found by its keyed hash, which outlives its text; no
// verb here gives or takes a permission, each tells the Ledger, which does; an
// imported row without basis, source, date and evidence is refused; whoever was
// erased comes back by their address only by an act of their own. People without an
// address are held for other ends than mail, and known again by a keyed hash of all
// that is told of them, which goes with their erasure.
//
// Not here: consent, refusals and suppression (consent), forms (collect), who may
// call which verb and the audit of it (account and the edges), reading tables
// (contact/sheet) and the folding of Japanese text (contact/kana).
package contact
