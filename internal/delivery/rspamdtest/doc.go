// Package rspamdtest runs a private Rspamd for a test: what a receiver would say of
// SPF, DKIM and DMARC of a mail.
//
// Invariants: it has its own configuration, folder and port on 127.0.0.1, and touches
// nothing of an Rspamd on the machine; it judges those three and nothing else, asks only
// the name server it is given, and ends with the test. Where Rspamd is missing the test
// fails and says what to install.
//
// Not here: the name server (dnstest), and spam.
package rspamdtest
