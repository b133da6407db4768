// Package evidence writes and verifies evidence packs: one zip file that proves
// what one person agreed to and refused, to somebody who trusts nothing but the
// log's public key.
//
// Invariants: verifying needs no network, no database and no trust in the
// archive; a pack is the same bytes for the same contents, so that a change of
// any byte is found, in contents and container alike; verifying never panics and
// reads no more than the pack's own size.
//
// A pack holds evidence.json (the record in the shape of ISO/IEC TS 27560, our
// events with salts, inclusion and consistency proofs), index.html to read, the
// pages as shown, checkpoint.txt, verifier.txt, manifest.json with the hash of
// every file, and manifest.sig, a sumdb/note over the manifest's hash.
//
// Not here: where the contents come from (consent).
package evidence
