// Package libcrypto signs with the machine's OpenSSL, which is about three times
// as fast as the standard library at RSA. It is called without a C compiler.
//
// Invariants: it is used only when the library is there, has every function, and
// its first signature was verified by the standard library; otherwise Open is an
// error and the caller signs with the standard library. Private keys are copied
// into the library once and freed with the signer.
//
// The build tag "static" leaves it out, for a binary that links nothing.
//
// Not here: what is signed (dkim), and Ed25519, at which Go is the faster.
package libcrypto
