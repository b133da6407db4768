// Package chart draws figures as SVG on the server: lines, bars and a
// donut, each with its numbers in a table beside it.
//
// Invariants: no script and no inline style, so a strict content security policy
// holds; colours are classes, so both themes work; series differ by dash or
// order, not by colour alone; every text is escaped; the same numbers draw the
// same bytes.
//
// Not here: where numbers come from (report), and words: texts are given in the
// reader's language.
package chart
