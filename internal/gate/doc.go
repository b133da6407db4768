// Package gate answers one question: may this class of message go to this
// address now? It is the only maker of Permits, and every hand-off takes one.
//
// Invariants: the answer rests on facts read after the feed's position was
// noted, so a refusal committed later is always noticed; a Permit lives for a
// minute at most and its zero value permits nothing; a node whose feed is older
// than the freshness bound hands nothing off; Fence returns only when no final
// dot can follow for those refused.
//
// The four askings: when a message is planned, when it is leased (both Admit),
// before MAIL FROM (BeforeMail) and before the final dot (BeforeDot).
//
// Not here: the rules (law), what people said (consent), the wire (delivery).
package gate
