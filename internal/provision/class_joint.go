package provision

import (
	"strings"

	"github.com/kyodaku/kyodaku/internal/law"
)

// jointTerms is what joint use on these items lacks, and whether the recipient stands outside
// the users that were published (APPI 27(5)(iii)): the range names each of them.
func (i Items) jointTerms(r RecipientTerms) law.JointUse {
	name := strings.TrimSpace(r.Name)
	return law.JointUse{
		MissingItems: len(Programme{Class: JointUse}.MissingOf(i)),
		OutsideRange: name == "" || !strings.Contains(i.Terms.Recipients.Ja, name),
	}
}
