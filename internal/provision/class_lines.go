package provision

// in picks a text's sentence for a language; the Japanese one is what was filed.
func (t Text) in(lang string) string {
	if lang != "ja" && t.En != "" {
		return t.En
	}
	return t.Ja
}

// Lines are the wording of an item in a language, for showing what changed. Empty lines are
// left out.
func Lines(i Items, item Item, lang string) []string {
	t := i.Terms
	var all []string
	switch item {
	case ItemProvider:
		all = []string{i.Name, i.Address, i.Representative, i.Agent}
	case ItemStopBy:
		all = []string{i.StopBy.in(lang), i.Phone}
	case ItemData:
		for _, d := range i.Data {
			all = append(all, d.Name.in(lang))
		}
	case ItemStart:
		all = []string{i.Start}
	case ItemManager:
		all = []string{t.Manager.Name, t.Manager.Address, t.Manager.Representative}
	case ItemContract:
		all = []string{t.Contract}
	case ItemForeign:
		all = []string{t.Foreign.Country.in(lang), t.Foreign.Code, t.Foreign.System.in(lang), t.Foreign.Measures.in(lang), t.Foreign.Unknown.in(lang)}
	case ItemResearch:
		r := t.Research
		all = []string{r.Title.in(lang), r.Subjects.in(lang), r.Period.in(lang), r.Leader.in(lang), r.Approval, r.Users.in(lang)}
	case ItemRecipients:
		all = []string{t.Recipients.in(lang)}
		for _, n := range t.Named {
			all = append(all, "→ "+n.Name+" ("+n.ID+")", n.Representative)
		}
	default:
		all = []string{i.text(item).in(lang)}
	}
	var out []string
	for _, line := range all {
		if !blank(line) {
			out = append(out, line)
		}
	}
	return out
}

// text is an item that is one sentence.
func (i Items) text(item Item) Text {
	t := i.Terms
	return map[Item]Text{
		ItemAcquisition: i.Acquisition, ItemMethod: i.Method, ItemUpdate: i.Update, ItemPurpose: t.Purpose,
		ItemSupervision: t.Supervision, ItemDeal: t.Deal, ItemGround: t.Ground,
	}[item]
}
