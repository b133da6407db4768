// Package inbound is the door by which mail comes back to us: refusals, bounces,
// complaints, and letters to the people behind the system.
//
// Invariants: only our own boxes are taken, and for nobody but our own people is
// anything sent on; 250 is said only after what the mail means is durable and binding;
// what failed for a while is 451, so that the sender tries again; a token or a mark that
// is not genuine is 550 and nothing more is told; the case of a token is kept; a report
// counts only for the message that it is proven to be about; what a machine sent by
// itself is no refusal, and a mail that goes in circles ends here.
//
// Not here: what a mail says (bounce), what a refusal does (preference), how a letter
// is written to our people (notice), the way out (delivery).
package inbound
