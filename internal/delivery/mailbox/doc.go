// Package mailbox fetches the mail that comes back from an IMAP mailbox (RFC 3501, RFC
// 9051), for operators whose port 25 is not ours.
//
// Invariants: a mail is deleted only after what it says is durable and binding; what
// cannot be taken for a while stays, what never will be is put aside and never lost; a
// mail that is flagged is left to people; nothing is remembered of one round but where it
// ended, so a mail that was taken and not deleted is taken again; the password leaves only
// under TLS with a valid certificate or over loopback; no address stands in a log.
//
// Not here: what a mail means (inbound, bounce), when to look and on which node (job).
package mailbox
