package collect

import (
	"time"

	"github.com/kyodaku/kyodaku/internal/consent"
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
// law of the country that the address hints at asks for double opt-in (rule COL-08), and
// not for an address that came in the place of another one (COL-09). A country that
// cannot be told gets the strictest.
func (d *Desk) single(p seen, e entry, o Offer, now time.Time) bool {
	if o.Mode != SingleOptIn || p.embedded || d.changed(p, now) {
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

// changed says whether the law wants the address to be noted as asked for only, until its
// mailbox confirms it, because it was changed (rule COL-09).
func (d *Desk) changed(p seen, now time.Time) bool {
	f := law.CollectionFacts{
		Now: now, Reach: law.JP, Act: "signup", Signup: law.SignupFacts{Age: -1, Corrected: p.corrected},
	}
	for _, found := range d.Gate.Rules().Collection(&f) {
		if found.Rule.ID == "COL-09" || found.Rule.Effect == law.Block {
			return true
		}
	}
	return false
}

// recordable refuses to write down a permission whose record could not prove it: the
// mailbox did not confirm (REC-04), an item is missing (REC-01), or what was shown is not
// kept (REC-02).
func (d *Desk) recordable(o Offer, e *consent.Event) error {
	f := law.CollectionFacts{Now: e.OccurredAt, Reach: law.JP, Act: "record", Record: recordFacts(o, e)}
	if no := d.Gate.Rules().Collection(&f).Block(); no != nil {
		return fault.New(fault.Refused, "law.finding", no.Args()...)
	}
	return nil
}

// recordFacts reads what the record will be able to tell.
func recordFacts(o Offer, e *consent.Event) law.RecordFacts {
	v := &e.Evidence
	f := law.RecordFacts{
		Deed: "none", Double: o.Mode != SingleOptIn, Pressed: v.Confirmation != nil && !v.Confirmation.PressedAt.IsZero(),
		Address: v.Address, Dated: !e.OccurredAt.IsZero(), Page: v.Page, Network: v.Network, Agent: v.UserAgent,
		Form: v.Form != 0 && v.FormVersion != 0, Lang: v.Lang, Shown: v.Shown,
	}
	switch e.Method {
	case consent.MethodForm:
		f.Deed = "form"
	case consent.MethodPage:
		f.Deed = "button"
	}
	for _, w := range v.Wordings {
		f.Wording += w.Hash
	}
	for _, p := range v.Purposes {
		f.Purpose += p.Hash
	}
	return f
}

// late says whether the law lets a link count no more (rule COL-11). ends is the end
// of its life.
func (d *Desk) late(ends, now time.Time, used bool) bool {
	age := now.Sub(ends.Add(-confirmLife))
	f := law.CollectionFacts{Now: now, Reach: law.JP, Act: "confirm", Confirm: law.ConfirmFacts{Hours: age.Hours(), Used: used}}
	return d.Gate.Rules().Collection(&f).Block() != nil
}
