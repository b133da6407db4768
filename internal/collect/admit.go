package collect

import (
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
)

// childRule refuses an entry that the law does not let us take: a child's without a
// guardian's consent, once the amendment is in force (rule COL-13).
func (d *Desk) childRule(p seen, e entry, now time.Time) error {
	age, _ := e.age(p.version.Spec)
	f := law.CollectionFacts{
		Now: now, Reach: law.JP, Act: "signup", Signup: law.SignupFacts{Age: age, Guardian: e.guardian(p.version.Spec)},
	}
	no := d.Gate.Rules().Collection(&f).Block()
	if no == nil {
		return nil
	}
	name := InputEmail
	for _, field := range p.version.Spec.Fields {
		if field.Kind == AgeField {
			name = FieldPrefix + field.Name
		}
	}
	return fault.Bad(name, "law.finding", no.Args()...)
}

// single says whether a box may be granted without the mailbox's word: not where the
// law of the country that the address hints at asks for double opt-in (rule COL-08). A
// country that cannot be told gets the strictest.
func (d *Desk) single(p seen, e entry, o Offer, now time.Time) bool {
	if o.Mode != SingleOptIn || p.embedded {
		return false
	}
	f := law.CollectionFacts{
		Now: now, Act: "offer", Offer: o.facts(p.lang),
		Reach: law.Nexus{Sender: "JP", Domain: e.mail.Domain(), Language: string(p.lang)}.Reach().Apply,
	}
	for _, found := range d.Gate.Rules().Collection(&f) {
		if found.Rule.ID == "COL-08" && found.Rule.Effect == law.Block || found.Rule.ID == "FACT-01" {
			return false
		}
	}
	return true
}

// late says whether the law lets a link count no more (rule COL-11). ends is the end
// of its life.
func (d *Desk) late(ends, now time.Time, used bool) bool {
	age := now.Sub(ends.Add(-confirmLife))
	f := law.CollectionFacts{Now: now, Reach: law.JP, Act: "confirm", Confirm: law.ConfirmFacts{Hours: age.Hours(), Used: used}}
	return d.Gate.Rules().Collection(&f).Block() != nil
}
