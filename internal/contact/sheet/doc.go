// Package sheet reads the tables that people bring and writes those they take away.
//
// Reading streams: memory is bounded by the limits below, whatever the file holds.
// The encoding is detected and told, never guessed silently; a row that cannot be
// read is an error about that row, and reading goes on with the next. The scanner
// is our own because encoding/csv cannot do what is needed here: it holds a cell of
// any size in memory, stops at CR only as text, and after a malformed quote loses
// its place.
//
// Invariants: a cell returned without an error holds no NUL and no character that
// stands for an undecodable byte; no cell written begins like a formula; a
// character that an encoding lacks is written as 〓 and reported, never as "?".
//
// Not here: what a row means. MapColumns names the columns; contact judges them.
package sheet

// The limits of a file, in bytes of UTF-8 and in columns.
const (
	MaxCell    = 64 << 10
	MaxRow     = 1 << 20
	MaxColumns = 256
)
