// Package bounce says what a mail that came back to us is: a bounce, a note of
// delay or of success, a complaint, a wish to be left alone, a machine's answer, or
// an ordinary letter.
//
// Invariants: structure decides before words do; what a person wrote, quoted or
// forwarded is never a bounce, and neither is a machine's answer; a returned copy is
// never read as if it were the report; any input gives an answer, in bounded time
// and memory.
//
// Not here: whether a report is believed (delivery/inbound holds it against what was
// sent), and what follows from it.
package bounce
