// Package catcher receives mail and hands it to a keeper instead of an inbox: the
// demonstration's Internet, and the far side of tests.
//
// Invariants: 250 is said only after the keeper has kept the mail; whatever it
// cannot keep is refused for now with 451; after Close returned, the keeper is not
// called any more.
//
// Not here: keeping, showing, delivering onwards; bounces (inbound).
package catcher
