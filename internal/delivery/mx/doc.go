// Package mx finds the servers that take mail for a domain (RFC 5321 5.1, RFC 7505).
//
// Invariants: "there is no such domain" and "nobody answered" are never mixed up:
// only the first is permanent; equal questions at the same time are asked once; an
// answer is kept no longer than its records say; a stranger's records cannot point
// us at ourselves.
//
// Not here: validating DNSSEC (Answer.Authentic repeats what the resolver says, so
// believe it only of one on this machine), MTA-STS, and trying the hosts.
package mx
