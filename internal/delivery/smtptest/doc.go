// Package smtptest is a mail server that misbehaves on purpose, line by line, and
// remembers every octet it was sent.
//
// Invariants: it listens on 127.0.0.1 and a free port; a script that the client
// does not follow fails the test; no goroutine outlives the test.
//
// Not here: a server that works (catcher), one that is real (postfixtest), one
// that is fast (sink).
package smtptest
