// Package api is the JSON interface for programs: /api/v1, described by OpenAPI 3.1
// at /api/openapi.json.
//
// Invariants: every operation names the scope its key needs, and is refused to a key
// that asks too often; consent is written as events and never as a state; an answer to
// a refusal comes after its fence; a POST with an Idempotency-Key happens once; what
// nobody defined (a field, a parameter, a media type) is refused, not overlooked;
// errors are RFC 9457 problems with a stable code, in the caller's language; things of
// another workspace do not exist; nothing decides here.
//
// Not here: browsers' sessions, which can never be used as keys.
package api
