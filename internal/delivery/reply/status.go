package reply

import "github.com/kyodaku/kyodaku/internal/delivery/smtp"

// meanings are the statuses of RFC 3463 and the IANA registry "SMTP Enhanced Status
// Codes", by subject and detail. Detail 0 stands for those that are not listed.
var meanings = map[[2]int]meaning{
	{1, 1}:  {blame: Recipient, unknown: true}, // bad mailbox address
	{1, 2}:  {blame: Recipient},                // bad system address
	{1, 3}:  {blame: Recipient},                // bad mailbox syntax
	{1, 4}:  {blame: Recipient},                // ambiguous
	{1, 5}:  {blame: Receiver},                 // "address valid" is no refusal
	{1, 6}:  {blame: Recipient, unknown: true}, // moved, no forwarding address
	{1, 7}:  {blame: SenderDomain},             // bad sender syntax
	{1, 8}:  {blame: SenderDomain},             // bad sender system
	{1, 9}:  {blame: Receiver},                 // relayed to a non-compliant mailer
	{1, 10}: {blame: Recipient},                // null MX, RFC 7505
	{2, 0}:  {blame: Recipient},
	{2, 2}:  {blame: Recipient, lasting: Temporary}, // full: people do tidy up
	{2, 3}:  {blame: Content},                       // too long for this mailbox
	{2, 4}:  {blame: Receiver},                      // mailing list expansion
	{3, 0}:  {blame: Receiver},
	{3, 3}:  {blame: Protocol}, // feature not supported
	{3, 4}:  {blame: Content},  // too big
	{4, 0}:  {blame: Receiver},
	{5, 0}:  {blame: Protocol},
	{5, 3}:  {blame: Rate}, // too many recipients
	{6, 0}:  {blame: Content},
	{6, 7}:  {blame: Protocol},                                                                                  // RFC 6531
	{7, 2}:  {blame: Recipient},                                                                                 // mailing list expansion prohibited
	{7, 3}:  {blame: Protocol}, {7, 4}: {blame: Protocol}, {7, 5}: {blame: Protocol}, {7, 6}: {blame: Protocol}, // cryptography
	{7, 7}: {blame: Content},                                                                                     // integrity
	{7, 8}: {blame: Protocol}, {7, 9}: {blame: Protocol}, {7, 10}: {blame: Protocol}, {7, 11}: {blame: Protocol}, // RFC 4954, 5248
	{7, 12}: {blame: Protocol}, {7, 13}: {blame: Protocol}, {7, 14}: {blame: Protocol},
	{7, 15}: {blame: Content}, {7, 16}: {blame: Content}, // RFC 6710
	{7, 17}: {blame: Recipient}, {7, 18}: {blame: Recipient}, // RFC 7293: owner has changed
	{7, 20}: {blame: SenderDomain}, {7, 21}: {blame: SenderDomain}, {7, 22}: {blame: SenderDomain}, // DKIM, RFC 7372
	{7, 23}: {blame: SenderDomain}, {7, 24}: {blame: SenderDomain}, // SPF
	{7, 25}: {blame: SenderIP}, // reverse DNS
	{7, 26}: {blame: SenderDomain}, {7, 27}: {blame: SenderDomain},
	{7, 28}: {blame: Rate},         // mail flood
	{7, 29}: {blame: SenderDomain}, // ARC, RFC 8617
	{7, 30}: {blame: Protocol},     // REQUIRETLS, RFC 8689
}

// byStatus reads an enhanced status; known is false if it says less than the code.
func byStatus(stage smtp.Stage, status [3]int) (m meaning, known bool) {
	subject, detail := status[1], status[2]
	switch {
	case status[0] == 0 || subject == 0 || subject > 7:
		return meaning{}, false
	case subject == 1 && stage <= smtp.StageMail:
		return meaning{blame: SenderDomain}, true // no other address has been heard yet
	}
	if m, known = meanings[[2]int{subject, detail}]; known {
		return m, true
	}
	switch subject {
	case 1:
		return meaning{blame: Recipient}, true
	case 7:
		return meaning{blame: prohibitedAt(stage)}, true
	}
	return meanings[[2]int{subject, 0}], true
}

// prohibitedAt is whom a policy without a reason is likely about. Servers keep their
// verdict on our address until RCPT, so a recipient is not blamed for it.
func prohibitedAt(s smtp.Stage) Blame {
	if s > smtp.StageRcpt {
		return Content
	}
	return SenderIP
}
