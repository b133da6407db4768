// Package identity asks the domain name system who may send for a domain, as a
// receiving server would: SPF is evaluated, not only found; the key in the zone must be
// ours; the From domain must be aligned; an address must lead back to its name.
//
// Invariants: it only asks; what could not be asked is Unknown and never Pass; one look
// is bounded in time and in questions (RFC 7208 4.6.4).
//
// Not here: keys and their records (delivery), what follows from a mark (law), where it
// is kept (account).
package identity
