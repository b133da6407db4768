// Package eximtest runs a private Exim for a test: the second mail server that nobody
// here wrote, and the one with other habits than Postfix's.
//
// Invariants: it has its own configuration, spool, log and port on 127.0.0.1, and
// touches nothing of an Exim on the machine; it accepts mail for the domains it was
// started with, but not for local parts that begin with "unknown" (its owner says so)
// or "nowhere" (Exim says so), and sends none; it ends with the test. Where Exim is
// missing the test fails and says what to do.
//
// Not here: being told what to answer (smtptest).
package eximtest
