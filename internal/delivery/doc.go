// Package delivery takes permitted messages from the outbox to the receiving
// server and writes down what became of them.
//
// Invariants: nothing enters the outbox without the gate's answer; a lease is
// durable before a connection is asked for a transaction, and the intent to send
// the final dot is durable before the dot (see journal); an outcome is durable
// before anything counts it; every row ends in exactly one outcome; after a crash
// only rows whose intent is stored and whose outcome is not are uncertain.
//
// Not here: who is written to and what (campaign, collect: they are Writers),
// whether (gate), the words of the protocol (delivery/smtp), keys (delivery/dkim).
package delivery
