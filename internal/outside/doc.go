// Package outside tests the whole program from outside: the built binary, its
// command line, HTTP and SMTP, with Postfix as the receiving server, a name server
// of its own and a real browser.
//
// Invariants: nothing of the program is reached but through a process, a socket or
// a file that a person could use as well; every server is private to its test.
//
// Not here: stories that a room can tell by itself.
package outside
