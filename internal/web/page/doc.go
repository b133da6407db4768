// Package page is the frame of everything seen in a browser: it turns a Go
// struct into a page in the reader's language and keeps the browser safe.
//
// Invariants: every template is parsed, in both languages, before the first
// request, and the start fails when one is missing, unparsable or names a text
// that does not exist; a page is rendered wholly or not at all; no response
// leaves without a content type, a content security policy and a referrer
// policy; there is no inline script and no inline style; the access log holds
// the route, never the path, since paths carry tokens; a client's address is
// taken from a header only behind a proxy that was named as trusted.
//
// Not here: what any page says or does (web and public), who is signed in (web),
// and anything a template could decide: it only shows.
package page
