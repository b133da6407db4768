// Package tlsreport counts how encryption with the servers of a domain went, and
// tells the domains that want to know once a day (RFC 8460).
//
// Invariants: counting never waits and stores nothing; what was counted is stored in
// batches, only for domains that publish where to report; one day's report of a
// domain is sent by one node, and tried again for a day if nobody takes it.
//
// Not here: what a session must give (delivery/tlspolicy), sending mail: reports by
// mail go out through a function that is handed in.
package tlsreport
