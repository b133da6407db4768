package provision

// Answers are what somebody says of a provision in plain words, before its legal class is
// known.
type Answers struct {
	// Duty: a law, a court or an authority asks for the data. Study: a research institution
	// uses them for academic research. Work: whoever gets the data only does work for us, as
	// we say. Deal: the business itself goes over, with its data. Group: a fixed circle of
	// companies uses the data together. Ask: the people can be asked first.
	Duty, Study, Work, Deal, Group, Ask bool
	// Abroad: whoever gets the data stands outside Japan, the EEA and the United Kingdom.
	Abroad bool
	// Sensitive, Illicit and OptedOut are data that no opt-out may provide (APPI 27(2)
	// proviso): special care-required, acquired improperly, or received under another's
	// opt-out.
	Sensitive, Illicit, OptedOut bool
}

// Advice is which class fits, and what of the others is to be known.
type Advice struct {
	// Class is the one that fits best, empty where none is open.
	Class Class
	// Why names, by catalogue key below provision.advice, what speaks for it.
	Why string
	// Cannot are classes that the law closes, each with the key that says why.
	Cannot map[Class]string
	// Beware are keys of what else counts whatever class is taken.
	Beware []string
}

// Advise chooses by the answers. What the law wants or frees comes before what needs the
// people's consent, and opt-out last: it is meant for those who deal in lists, asks the most
// and is refused for some data altogether. For what was acquired by deceit nothing but a duty by
// law is open (rule PRV-20).
func Advise(a Answers) Advice {
	out := Advice{Cannot: map[Class]string{}}
	switch {
	case a.Duty:
		out.Class, out.Why = LegalDuty, "duty"
	case a.Study:
		out.Class, out.Why = LegalDuty, "study"
	case a.Work:
		out.Class, out.Why = Entrust, "work"
	case a.Deal:
		out.Class, out.Why = Succession, "deal"
	case a.Group:
		out.Class, out.Why = JointUse, "group"
	case a.Ask:
		out.Class, out.Why = Consent, "ask"
	default:
		out.Class, out.Why = OptOut, "otherwise"
	}
	out.close(a)
	if out.Cannot[out.Class] != "" {
		out.Class, out.Why = Consent, "only_consent"
	}
	if out.Cannot[out.Class] != "" {
		out.Class, out.Why = "", "illicit"
	}
	return out
}

// close notes which classes the law does not offer here.
func (out *Advice) close(a Answers) {
	switch {
	case a.Illicit:
		out.Cannot[OptOut] = "illicit"
	case a.Sensitive:
		out.Cannot[OptOut] = "sensitive"
	case a.OptedOut:
		out.Cannot[OptOut] = "opted_out"
	}
	if a.Abroad { // APPI 28 leaves only consent, an equal system, and the exceptions of 27(1)
		out.Cannot[OptOut] = "abroad"
		out.Beware = append(out.Beware, "abroad")
	}
	if !a.Duty && !a.Study {
		out.Cannot[LegalDuty] = "no_duty"
	}
	if !a.Work {
		out.Cannot[Entrust] = "no_work"
	}
	if !a.Deal {
		out.Cannot[Succession] = "no_deal"
	}
	if !a.Group {
		out.Cannot[JointUse] = "no_group"
	}
	if a.Illicit {
		out.Beware = append(out.Beware, "illicit")
		for _, c := range Classes() {
			if c != OptOut && (c != LegalDuty || !a.Duty) {
				out.Cannot[c] = "deceit"
			}
		}
	}
	if a.Sensitive {
		out.Beware = append(out.Beware, "sensitive")
	}
}
