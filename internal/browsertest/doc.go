// Package browsertest drives a real Chromium in tests, in the words a test needs.
//
// Invariants: one browser per test program (TestMain calls Main), a window with
// cookies of its own per test; every act waits for its element and fails the test
// when it does not come; a script error or a breach of the content security policy
// on any page fails the test; no act reaches the network beyond the given address.
//
// Not here: what the pages should say. Tests beside the pages know that.
package browsertest
