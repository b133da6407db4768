package provision

import (
	"time"

	"github.com/kyodaku/kyodaku/internal/law"
)

// noticePeriod is how many whole days lie between a version's notice and its start.
func noticePeriod(v *Version) int {
	n := v.did(Noticed)
	if n == nil {
		return 0
	}
	return int(v.Items.StartDay().Sub(n.On.In(law.Japan).Truncate(time.Second)).Hours() / 24)
}

// begun is the version whose notice people had before the provision by v: that of an earlier one
// which v only announces a change of item 1 of.
func (p Programme) begun(v *Version) *Version {
	for n := v.Number - 1; n > 0; n-- {
		before := &p.Versions[n-1]
		if !p.counts(before) {
			continue
		}
		if before.did(Ended) != nil || !onlyAfter(before.Items, v.Items) {
			break
		}
		v = before
	}
	return v
}

// filing gathers what the rules ask about a programme's filing.
func (p Programme) filing(now time.Time) (law.Filing, law.FilingChange) {
	change := law.FilingChange{Announced: true}
	if len(p.Owed()) > 0 {
		change = law.FilingChange{Kind: "after"}
	}
	in := p.Serving(now)
	v := in
	if v == nil {
		v = p.latest()
	}
	if v == nil {
		return law.Filing{MissingItems: len(p.Missing())}, change
	}
	if p.Class == OptOut && in != nil && in.did(PublishedByUs) == nil {
		v = p.published(in.Number) // item 1 changed since: what was published still carries the filing
	}
	return law.Filing{
		MissingItems: len(p.MissingOf(v.Items)), Filed: v.did(Filed) != nil,
		PublishedByPPC: v.did(PublishedByPPC) != nil, PublishedByUs: v.did(PublishedByUs) != nil,
		NoticeDays: noticePeriod(p.begun(v)), Started: !now.Before(v.Items.StartDay()),
	}, change
}

// published is the latest version up to a number that was announced as its class asks.
func (p Programme) published(last int) *Version {
	for i := last - 1; i >= 0; i-- {
		if p.counts(&p.Versions[i]) {
			return &p.Versions[i]
		}
	}
	return nil
}

// Findings is what the rules say of a programme as a whole, before any person or
// recipient is looked at.
func (b *Book) Findings(p Programme, now time.Time) law.Findings {
	items := p.Current()
	if v := p.Serving(now); v != nil {
		items = v.Items
	}
	f := law.ProvisionFacts{
		Now: now, Reach: law.JP, Class: string(p.Class), Abroad: items.Abroad, Agent: !blank(items.Agent),
		// What is asked of data, persons, recipients and records is judged run by run.
		Consent: law.ProvisionConsent{Purpose: true, Recipient: true}, Person: law.ProvidedPerson{Consent: true, Counted: true},
		Data: law.ProvidedData{Acquired: "lawful"}, Recipient: law.Recipient{Place: "japan", Contract: true, Identified: true},
		Record: law.ProvisionRecord{Ready: true},
	}
	f.Filing, f.Change = p.filing(now)
	f.Joint = law.JointUse{MissingItems: len(p.MissingOf(items))}
	return b.rules.Provision(&f)
}

// Current are the items of the version that counts, where none does yet those of the latest,
// and only before the first those of the draft: a draft changes nothing of what is published.
func (p Programme) Current() Items {
	if v := p.InForce(); v != nil {
		return v.Items
	}
	if v := p.latest(); v != nil {
		return v.Items
	}
	return p.Draft
}
