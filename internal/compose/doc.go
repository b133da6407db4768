// Package compose turns what an operator wrote into what a reader gets: blocks or
// Markdown with merge tags become one program per campaign that writes subject,
// HTML and text for each recipient.
//
// Invariants: an advertising mail without its sender label cannot be made, neither
// compiled with an incomplete Label nor rendered without a way out; the label is
// written into both parts by the renderer, outside of what an author or a
// condition can reach; HTML of authors never passes, values of people are escaped
// where they stand; both parts come from the same source; nothing depends on the
// clock or on anything outside the arguments. Programs are safe for concurrent use.
//
// Not here: who may be mailed (gate), what the law says about contents (law),
// tracking of links, and the bytes of the mail (letter, a private part).
package compose
