// Package api is the JSON interface for programs: /api/v1, described by OpenAPI 3.1
// at /api/openapi.json.
//
// Invariants: every operation names the scope its key needs; consent is written as
// events and never as a state; an answer to a refusal comes after its fence; errors
// are RFC 9457 problems with a stable code, in the caller's language; nothing
// decides here.
//
// Not here: browsers' sessions, which can never be used as keys.
package api
