// Package account knows the workspaces, the people who operate them and what
// they may do; it keeps sessions, API keys and the audit log.
//
// Invariants: a secret (session, link, key, recovery code) is stored only as a
// hash, a password only as argon2id; an answer never tells whether an address
// has an account; a session whose second factor is due opens nothing; a TOTP
// step, a recovery code and a link work once; a workspace always has an owner;
// the sender label is complete or nothing of it is stored; the audit log is only
// ever added to, in the transaction of what it tells.
//
// Not here: cookies, pages and mails (web), which act an endpoint needs (the
// edges ask Can), the keys that sign mail (delivery).
package account
