// Package dkim signs mail (RFC 6376, RFC 8463) and makes the keys and DNS records
// for it.
//
// Invariants: relaxed/relaxed only; From and Subject, and the List-Unsubscribe
// headers of RFC 8058, are signed once more often than they occur, so that none
// can be added; a message is canonicalised in one pass into the hash, its octets
// are never copied for that; signing changes nothing but the headers it puts in
// front. The clock is an argument.
//
// Not here: verifying, keeping keys (they come and go as PEM), and choosing which
// domain signs.
package dkim
