// Package tlspolicy says how much encryption the servers of a domain must give:
// DANE (RFC 7672) before MTA-STS (RFC 8461) before what the sender's own list asks
// for, and opportunistic encryption where nobody asks for more.
//
// Invariants: DANE rests only on answers that a believed resolver vouched for; a
// host whose TLSA records cannot be had, in a zone that is signed, is not used; a
// policy that was once fetched binds until it expires, however DNS or HTTPS fail
// meanwhile; the fetch connects to nothing but public addresses, follows no
// redirect, and is bounded in time and size.
//
// Not here: the handshake (delivery/smtp), reports about it (delivery/tlsreport).
package tlspolicy
