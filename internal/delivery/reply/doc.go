// Package reply says what a receiving server's answer means: whose fault a refusal
// is, whether it stands for good, and how long the server asks us to wait.
//
// Invariants: the blame is decided before anything else; only a recipient's blame
// may touch suppression, only rate, sender and receiver blame may move a lane's
// limits. An address is called unknown only when a 5xx from RCPT on says so in clear
// words or by its status; whoever complains of us never speaks of a recipient. An
// answer that no rule knows is judged by its codes and listed as unknown (Normalise).
//
// Not here: what follows from a verdict for the row (delivery), for the speed
// (delivery/shape) or for the address (consent); the habits of single providers
// (delivery/profile brings them as rules).
package reply
