// Package profile knows the large mailbox providers: whom a recipient's domain or its
// mail servers belong to, and how each of them wants to be delivered to.
//
// Invariants: a profile is dated data with its sources, never code; its limits are
// ranges with a start, for whoever steers the speed to move within, per address that
// we send from; servers decide only if all of a domain's servers belong to one
// provider; a file with an unknown key or an impossible value is refused, and named.
//
// Not here: the speed itself (delivery/shape), asking for MX records (delivery/mx),
// the words of servers in general (delivery/reply).
package profile
