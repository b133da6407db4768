// Package consent keeps what people have said, and can prove it: topics and the
// texts people agreed to, the log of consent events with its evidence, and what
// follows from it: the present state of every address and topic, and the list of
// those who must not be mailed.
//
// Invariants: the log is only added to (triggers on both engines forbid the
// rest); the event ids of one address grow in the order of the commits, on any
// number of nodes; the projection is computed by one fold and can be rebuilt from
// the log; a refusal cannot come undone but by a later own act of the person,
// see Method.OwnAct and Covers; erasing a person destroys evidence and salt and
// leaves the commitments, so that the tree still verifies.
//
// Each event is committed to by an HMAC of its canonical encoding (canonical.go)
// under a salt of its own; the commitments are the leaves of one Merkle tree per
// workspace (part ledger). An evidence pack (part evidence) proves one person's
// events to somebody who trusts only the log's public key.
//
// Not here: whether a message may go (gate), rules of law (law), forms (collect).
package consent
