// Package journey walks the main job from outside, as people and programs do: over
// HTTP with the public pages and the API, and over SMTP through a mailbox.
//
// Invariants: it knows nothing but addresses of servers, an API key and a way to
// read a mailbox; each step says what held, and the first that does not ends the
// walk with an error that names it.
//
// Not here: starting anything (demo, tests).
package journey
