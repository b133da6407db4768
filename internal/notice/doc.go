// Package notice writes to the people who work here: invitations and links for a new
// password.
//
// Invariants: these mails go by the gate and the outbox like all others, as
// transactional ones; whoever asks for a link is told the same whether or not
// anybody has the address, and before anybody looked; the secret of a link lies
// sealed until the mail is written, and a link that has ended is not mailed.
//
// Not here: links and accounts themselves (account), and mails to readers.
package notice
