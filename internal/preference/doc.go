// Package preference is the desk where people say no, less or later: one click,
// the page of a link, the preference centre, a mail, a telephone call; and where
// they see why something came to them.
//
// Invariants: reading changes nothing; what a person says is one transaction, and
// it is answered only after the gate has made it binding (gate.Fence); saying the
// same thing twice records it once and is answered the same; a no is never refused
// for want of anything but a genuine link; only what the person changed on a page
// is recorded, so a page left open cannot undo a later no; a yes is recorded only
// with the very text that was shown; whoever asks for a link learns nothing about
// whether an address is known.
//
// Not here: what follows from an event (consent), the decision (gate), forms and
// double opt-in (collect), HTML (public), the SMTP door (delivery).
package preference
