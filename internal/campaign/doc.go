// Package campaign takes a message from its draft to its last outcome: written,
// checked, frozen, planned person by person, handed to delivery, followed.
//
// Invariants: what goes out is a frozen version, never the draft; a campaign with
// a red finding cannot be sent, and for an amber one somebody who may has answered, on
// record; every person of the audience gets exactly one row
// in the outbox, permitted or withheld with its rule; the planner's position moves
// in the same transaction as its rows, so a crash neither skips nor repeats
// anybody; pause and stop act at once.
//
// Not here: the rules (law, gate), the letter's form (compose), the wire (delivery).
package campaign
