// Package smtp hands one mail for one recipient to one server, and knows at every
// moment how far it got.
//
// Invariants: MAIL FROM is written only after Fence.BeforeMail agreed, and the
// final dot only after Fence.BeforeDot agreed; when the second says no, the
// connection is dropped and the dot is never written. Result.DotSent is exact: it
// is set if and only if the dot was handed to the kernel. Nothing but CRLF line
// ends goes out, dots are stuffed, and a message that would need repair is refused
// and not changed, since it is signed. A session is used by one goroutine at a
// time; every wait ends with its context or with its RFC 5321 4.5.3.2 timeout.
//
// Not here: which server to talk to (mx), when and how often (the lanes), what a
// reply means for the address (bounce), LMTP, and CHUNKING.
package smtp
