// Package demo fills an installation with an invented company, so that everything
// can be tried without any outside account, and runs the main job by itself.
//
// Invariants: names and addresses are invented and stand under reserved domains
// (RFC 2606), so nothing could reach anybody; the check talks HTTP and SMTP like
// everybody else and fails with the step that did not hold.
//
// Not here: what the program does. The demo only uses it.
package demo
