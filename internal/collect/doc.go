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
// Not here: topics and wordings (consent), whether the mail may go (gate), its
// way (delivery), pages around the forms (public), settings of readers (preference).
package collect
