package provision

import "slices"

// course are the steps of a class in the order in which they come. The one before the end is the
// step by which a version begins to count.
func (p Programme) course(i Items) []StepKind {
	switch {
	case p.Class == OptOut:
		return []StepKind{Noticed, Filed, PublishedByPPC, PublishedByUs, Ended, EndFiled}
	case p.Class == JointUse, i.Terms.Exception.Research() && p.Class == LegalDuty:
		return []StepKind{Noticed, Ended}
	}
	return []StepKind{Ended}
}

// Course lists the steps of the programme's class, as what counts says it; see Current.
func (p Programme) Course() []StepKind { return p.course(p.Current()) }

// CourseOf lists the steps of one version.
func (p Programme) CourseOf(v Version) []StepKind { return p.course(v.Items) }

// first is the step that must be recorded before another, "" when none must; ok says whether
// the class knows the step at all.
func (p Programme) first(v *Version, k StepKind) (first StepKind, ok bool) {
	course := p.course(v.Items)
	n := slices.Index(course, k)
	if n <= 0 {
		return "", n == 0
	}
	return course[n-1], true
}

// counts says whether the version was announced as its class asks. Consent, entrustment,
// succession and most exceptions ask for no announcement: there a version counts as soon as
// it is frozen.
func (p Programme) counts(v *Version) bool {
	course := p.course(v.Items)
	end := slices.Index(course, Ended)
	return end == 0 || v.did(course[end-1]) != nil
}

// Announces says whether the class asks for a notice that anybody may read.
func (p Programme) Announces() bool { return p.announces(p.Current()) }

func (p Programme) announces(i Items) bool { return slices.Contains(p.course(i), Noticed) }
