package provision

import "github.com/kyodaku/kyodaku/internal/law"

// jointTerms is what joint use on these items lacks, and whether the recipient stands outside
// the users that were published (APPI 27(5)(iii)): the range names or means each of them.
func (i Items) jointTerms(recipient int64, to RecipientTerms) law.JointUse {
	return law.JointUse{
		MissingItems: len(Programme{Class: JointUse}.MissingOf(i)),
		OutsideRange: !i.told(recipient, to),
	}
}
