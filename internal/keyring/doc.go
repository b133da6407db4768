// Package keyring makes everything secret out of one key file: keyed hashes of
// addresses, signed tokens in links, and sealed secrets at rest.
//
// Invariants: every use has a subkey of its own (HKDF, RFC 5869), so that one
// kind of token or hash can never stand for another; a token that was altered,
// made for another purpose or outlived its time is refused and says only that;
// an address hash cannot be turned back and is the same for ever.
//
// Not here: where the key file lies (app), password hashes (account), the
// signing keys of mail and log (they are sealed here, used elsewhere).
package keyring
