package law

// Verdict is everything the rules say of one message to one address. It holds no
// memory of its own, so that millions can be made; its zero value forbids.
type Verdict struct {
	set   *Set
	found marks
	sure  bool
	// Reach is which legal orders were applied, and what told them.
	Reach Reach
}

// Judge holds every rule against one message to one address.
func (s *Set) Judge(f *SendFacts) Verdict {
	reach := f.Nexus.Reach()
	reach.Apply |= f.Beside
	m, sure := s.send.judge(f, f.Now, reach.Apply)
	return Verdict{set: s, found: m, sure: sure, Reach: reach}
}

// Block is the most weighty rule that forbids, nil when none does. What the person
// said comes before what is wrong with the message.
func (v Verdict) Block() *Rule {
	if v.set == nil {
		return unjudged
	}
	if !v.sure {
		return v.set.doubt
	}
	if i := v.found.first(); i >= 0 && v.set.send.entries[i].rule.Effect == Block {
		return v.set.send.entries[i].rule
	}
	return nil
}

// Findings lists everything, blocks first.
func (v Verdict) Findings() Findings {
	if v.set == nil {
		return Findings{{Rule: unjudged}}
	}
	return v.set.send.findings(v.found, v.sure, v.set.doubt)
}

// unjudged forbids what nobody judged.
var unjudged = &Rule{
	ID: doubtful, Effect: Block, Kind: Policy, Certainty: Verified,
	Ja: "判定が行われていません。", En: "Nothing was judged, so the answer is no.",
	Citation: "Our policy: what cannot be decided is not done", CitationJa: "Kyodaku の運用基準（判断できないときは行わない）",
}
