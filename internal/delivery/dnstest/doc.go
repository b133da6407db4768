// Package dnstest is a small Internet of names for tests: an authoritative server
// that signs its zones (RFC 4035), and a validating resolver that nobody here wrote
// (Unbound) in front of it.
//
// Invariants: both listen on 127.0.0.1 and free ports and end with the test; no
// question leaves the machine; a zone is signed or not as the test says, and one
// that is bogus has signatures that do not hold. Where Unbound is missing the test
// fails and says what to install.
//
// Not here: resolvers that are silent or wrong on purpose (the tests of mx).
package dnstest
