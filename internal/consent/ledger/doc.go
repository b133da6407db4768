// Package ledger is the tamper-evident half of the consent log: commitments, the
// Merkle tree over them in tiles, and signed checkpoints.
//
// Invariants: a leaf is the commitment of one event, so the tree holds nothing
// about a person; leaves, tiles and checkpoint of a round are written by one
// transaction; a tree is only extended after its old tiles proved to belong to
// the last signed checkpoint.
//
// The tree is golang.org/x/mod/sumdb/tlog (RFC 6962) in tiles of height 8; a
// checkpoint is a sumdb/note in the C2SP tlog-checkpoint form.
//
// Not here: what an event is and how it is encoded (consent), packs (evidence).
package ledger
