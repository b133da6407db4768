package provision

// Research is what a notice of a study says beyond purpose, data, recipients and the way to
// refuse (the ethical guideline for life science and medical research that involves people).
type Research struct {
	Title Text `json:"title,omitzero"`
	// Subjects says whose data are used, Period for how long the study runs.
	Subjects Text `json:"subjects,omitzero"`
	Period   Text `json:"period,omitzero"`
	// Leader is who leads it and where, Approval the ethics committee's number.
	Leader   Text   `json:"leader,omitzero"`
	Approval string `json:"approval,omitempty"`
	// Users is the range of those who use the data.
	Users Text `json:"users,omitzero"`
}

// The items that only a study's notice can lack. The guideline (of 2021, as amended in 2023, no.
// 8-1) wants told: the purpose and the way of use and of provision (how), the data, the planned
// day from which they are used or provided (from), who provides them with its head (head), how
// they were acquired (obtained), who leads the study, who uses them (users), who answers for them
// (keeper), that use stops at a person's request, and how one asks. The list follows secondary
// sources: it was not compared with the guideline's text.
const (
	ItemHow      Item = "how"
	ItemFrom     Item = "from"
	ItemHead     Item = "head"
	ItemObtained Item = "obtained"
	ItemUsers    Item = "users"
	ItemKeeper   Item = "keeper"
)

// wantedOfStudy are the items of a study's notice, in the guideline's order.
func wantedOfStudy() []Item {
	return []Item{
		ItemGround, ItemResearch, ItemPurpose, ItemHow, ItemData, ItemFrom, ItemHead, ItemObtained, ItemRecipients, ItemUsers, ItemKeeper, ItemStopBy,
	}
}

// studyGaps are the items of a study's notice that are empty.
func (i Items) studyGaps() map[Item]bool {
	r := i.Terms.Research
	return map[Item]bool{
		ItemResearch: blank(r.Title.Ja) || blank(r.Leader.Ja) || blank(r.Period.Ja),
		ItemHow:      blank(i.Method.Ja),
		ItemFrom:     i.StartDay().IsZero(),
		ItemHead:     blank(i.Name) || blank(i.Representative),
		ItemObtained: blank(i.Acquisition.Ja),
		ItemUsers:    blank(r.Users.Ja),
		ItemKeeper:   blank(i.Terms.Manager.Name),
	}
}

// studyUnfilled are the items of a study's notice that still hold a mark.
func (i Items) studyUnfilled() map[Item]bool {
	return map[Item]bool{
		ItemHow:      left(i.Method.Ja, i.Method.En),
		ItemHead:     left(i.Name, i.Representative),
		ItemObtained: left(i.Acquisition.Ja, i.Acquisition.En),
		ItemKeeper:   left(i.Terms.Manager.Name),
	}
}
