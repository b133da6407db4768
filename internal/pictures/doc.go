// Package pictures takes the pictures of README from the running demo, so that
// what people see there is the program and not a memory of it.
//
// Invariants: every picture is taken in each test run, in both languages, and is
// light enough for a page; only `make pictures` writes them into docs/images.
//
// Not here: judging pages. The rooms of the pages and package outside do that.
package pictures
