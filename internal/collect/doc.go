// Package collect is the desk where people give permissions: forms and what is
// said on them, requests, double opt-in, and the entries of campaigns.
//
// Invariants: a box cannot be ticked beforehand, because no type has a place for
// that; a version of a form is never changed, and everything a reader sees of it
// is frozen in it; one rendering makes the hosted page, the embedded form, the
// preview and the evidence; a request, its consent events and its mail are one
// transaction, a confirmation and its permission another; opening a link changes
// nothing; what is answered does not depend on whether an address is known;
// nothing that a stranger typed is repeated in a mail but the address itself;
// where an address has ever said no, only the mailbox can say yes again.
//
// What stays of a request that nobody confirmed, a week after its time: that a form
// (which version, when) was sent in, that it expired, both as events whose evidence
// and salt are destroyed, and the keyed hash of the address, so that a no and the
// limits on mails still hold. The address, the answers, the network and the evidence
// go, unless the address is somebody's, a permission stands, another request waits,
// or an entry (document, event, prize) stands by itself. With no permission given
// there is nothing to prove, and no purpose to keep them for.
//
// Not here: topics and wordings (consent), whether the mail may go (gate), its
// way (delivery), pages around the forms (public), settings of readers (preference).
package collect
