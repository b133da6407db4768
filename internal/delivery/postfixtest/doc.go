// Package postfixtest runs a private Postfix for a test: a mail server that nobody
// here wrote.
//
// Invariants: it has its own configuration, queue, log and port on 127.0.0.1, and
// touches nothing of a Postfix on the machine; it accepts mail for the domains it
// was started with, but not for local parts that begin with "unknown", and sends none;
// it ends with the test.
// Where Postfix is missing the test fails and says what to install.
//
// Not here: being told what to answer (smtptest).
package postfixtest
