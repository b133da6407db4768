package law

// Args fill the catalogue's sentence "law.finding", which tells a rule with its kind
// and source and warns of a source that nobody read.
func (r *Rule) Args() []any {
	return []any{
		"Rule", string(r.ID), "Ja", r.Ja, "En", r.En, "SourceJa", r.CitationJa, "Source", r.Citation,
		"Kind", string(r.Kind), "Unsure", r.Certainty != Verified,
	}
}
