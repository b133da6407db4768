// Package mx finds the servers that take mail for a domain (RFC 5321 5.1, RFC 7505)
// and remembers which domains have the same.
//
// Invariants: "there is no such domain" and "nobody answered" are never mixed up:
// only the first is permanent; equal questions at the same time are asked once; an
// answer is kept no longer than its records say, unless no resolver gives a new one
// (RFC 8767, at most a day); an answer counts as authentic only if a resolver says so
// whose word is believed; a stranger's records cannot point us at ourselves.
//
// Not here: validating DNSSEC (the resolver's trade), TLS policies (delivery/tlspolicy),
// and trying the hosts.
package mx
