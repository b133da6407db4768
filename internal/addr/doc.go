// Package addr makes addresses into types: mail, LINE user id and phone number,
// so that nothing downstream has to wonder whether a string was ever checked.
//
// Invariants: a non-zero value was parsed and holds no control character, so
// neither a header nor an SMTP command can be injected through it; parsing never
// repairs (Suggest proposes, a person decides); Canonical does not depend on any
// list that can be edited, so that a refusal recorded yesterday still matches
// tomorrow.
//
// Not here: asking the network whether a domain or a mailbox exists, and guessing
// the provider behind a domain; both belong to delivery.
package addr
