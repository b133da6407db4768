package provision

import (
	"maps"
	"strings"
)

// What a preset leaves to the company begins with one of these marks, as in 〔要記入：社名〕.
const (
	leftJa = "〔要記入"
	leftEn = "[to fill in"
)

// left says whether a text still holds a mark.
func left(texts ...string) bool {
	for _, t := range texts {
		if strings.Contains(t, leftJa) || strings.Contains(t, leftEn) {
			return true
		}
	}
	return false
}

// unfilled are the items of which a text still holds a mark. They are missing, however much
// stands around the mark: nobody is told 〔要記入：社名〕.
func (i Items) unfilled() map[Item]bool {
	out := map[Item]bool{
		ItemProvider:    left(i.Name, i.Address, i.Representative),
		ItemAcquisition: left(i.Acquisition.Ja, i.Acquisition.En),
		// By opt-out the recipients stand beside the method.
		ItemMethod: left(i.Method.Ja, i.Method.En, i.Terms.Recipients.Ja, i.Terms.Recipients.En),
		ItemStopBy: left(i.StopBy.Ja, i.StopBy.En),
		ItemUpdate: left(i.Update.Ja, i.Update.En),
	}
	maps.Copy(out, i.studyUnfilled())
	for _, d := range i.Data {
		out[ItemData] = out[ItemData] || left(d.Name.Ja, d.Name.En)
	}
	for _, t := range i.Terms.texts() {
		out[Item(t.name)] = out[Item(t.name)] || left(t.value)
	}
	return out
}
