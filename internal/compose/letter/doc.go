// Package letter writes the bytes of a mail: headers in a fixed order, folded and
// encoded, and one or two text parts.
//
// Invariants: what goes into a header is a value that its constructor has checked,
// so that no data can begin a line of its own; every line ends in CRLF and no body
// line is longer than 76 bytes, whatever the texts hold; encoded words and soft
// breaks never cut a character; the same input gives the same bytes, since
// boundary, date and Message-ID come from the caller. A Form is immutable and safe
// for concurrent use; a Letter belongs to one goroutine.
//
// Not here: reading mail, attachments, signing (delivery does that with the bytes
// Build returns), the envelope and dot-stuffing.
package letter
