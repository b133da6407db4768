// Package sshdtest runs OpenSSH's server for tests, with keys and a folder of its own.
//
// Invariants: it listens on loopback alone and lets in one key that nobody else has; it
// ends with its test.
//
// Not here: what is uploaded.
package sshdtest
