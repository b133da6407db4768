// Package fault says what kind of thing went wrong, in the few words that every
// edge of the program can act on.
//
// Invariants: an error of unknown kind is Internal to a person and temporary to
// a mail queue; a kind is asked for with errors.As, never read from the text.
//
// Not here: status codes of HTTP or SMTP. The edges translate kinds to those.
package fault
