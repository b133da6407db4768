// Package sink is a mail server that takes everything and keeps nothing, as fast
// as it can: the far side of a benchmark.
//
// Invariants: it speaks enough SMTP to be pipelined to, and counts exactly the
// mails it answered 250 for.
//
// Not here: anything one would do with a mail (catcher), and misbehaving (smtptest).
package sink
