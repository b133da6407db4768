// Package duty watches over what the law wants kept, answered and reported, and by when:
// the clocks of a company.
//
// Invariants: nothing that a clock forbids is destroyed, and whoever asked is told which
// clock and until when; what a clock does not forbid goes with the person at once; a hold is
// placed and lifted by a legal officer with a reason; every act is in the audit log of
// its own transaction; the periods themselves are law's, and counted there.
//
// Not here: who may be written to (gate), what a person said (consent), how a domain
// stands (delivery).
package duty
