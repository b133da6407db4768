// Package inbound is the SMTP door by which mail comes back to us: refusals,
// bounces, and letters to the people behind the system.
//
// Invariants: only our own boxes are taken, and for nobody is anything forwarded;
// 250 is said only after what the mail means is durable and binding; what failed
// for a while is 451, so that the sender tries again; a token that is not genuine
// is 550 and nothing more is told; the case of a local part is kept; what a
// machine sent by itself is no refusal, and a mail that goes in circles ends here.
//
// Not here: what a refusal does (preference), whether a bounce is believed
// (Bounces decides by what is on file), the way out (delivery).
package inbound
