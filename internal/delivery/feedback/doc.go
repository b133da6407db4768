// Package feedback takes the events that a relay tells us about our messages by HTTP:
// Amazon SES by SNS, SendGrid and Mailgun.
//
// Invariants: nothing is believed that is not signed by the provider; an event is
// about the message that its own marks name, and counts only for that message's
// recipient; 200 is said only after what it means is durable and binding, and an event
// that comes twice counts once; no other host than Amazon's own is asked for anything.
//
// Not here: what an event does to an address (delivery/inbound), events that we tell
// others (webhook).
package feedback
