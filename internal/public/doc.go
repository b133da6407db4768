// Package public is what readers see: forms, confirmations and, beside them, the
// pages by which they choose, refuse and ask why.
//
// Invariants: opening a page (GET, HEAD) changes nothing; every page is complete
// without script and under 50 kB; pages whose address carries a token tell it to
// nobody and are not indexed; only the form itself can be posted to from other
// sites; no page says whether an address is known.
//
// Not here: any decision (collect, preference), the frame of pages (web/page), the
// operators' pages (web).
package public
