// Package shape decides how fast a lane may send: how many connections, how many
// mails on each, how many a second, when to rest, and which campaign must stop.
//
// Invariants: it is arithmetic; time is an argument, nothing is read, written or
// waited for. A learned limit never leaves the bounds it was given. An answer about
// a recipient or a content moves nothing. Of one cohort (what was begun before the
// last cut) only the first refusal cuts. Every change leaves a decision that names
// the reply behind it.
//
// Not here: what a reply means (reply), which bounds a provider has, connections,
// queues, storing the state (delivery), the proof that it works (simulate).
package shape
