// Package i18n holds every sentence that people see, in Japanese and English.
//
// Invariants: both languages have the same keys with the same placeholders (held
// by a test); a missing key is shown as the key itself, never as an empty string.
// A Printer is fixed to one language and safe for concurrent use.
//
// Not here: legal texts, which belong to law by jurisdiction, and wordings shown
// to readers for consent, which are versioned data of a workspace.
package i18n
