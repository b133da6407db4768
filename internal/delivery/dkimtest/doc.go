// Package dkimtest has signatures judged by people who are not us, in another
// language: dkimpy.
//
// Invariants: no question leaves the machine, the records of keys come from the test.
// Where dkimpy is missing the test fails and says what to install.
//
// Not here: SPF, DMARC and a second opinion in C (rspamdtest).
package dkimtest
