// Package simulate proves the speed controller: a receiving provider whose limits
// nobody is told, and a sender that drives the controller as the engine does.
//
// Invariants: time is virtual and every chance comes from the seed, so a run is
// repeated exactly. The controller is given what a provider profile says, never what
// the receiver hides. The same scenario can be sent with fixed limits, to compare.
//
// Not here: SMTP (a receiver that misbehaves on the wire is delivery/sink), how fast
// the engine itself is.
package simulate
