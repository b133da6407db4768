package contact

import "time"

// Kind is what values of an Attribute look like.
type Kind string

// The kinds. Values are kept as text in every case: a member number keeps its zeros.
const (
	Text   Kind = "text"
	Number Kind = "number"
	// Date is written 2006-01-02.
	Date   Kind = "date"
	Choice Kind = "choice"
	// YesNo is written yes or no.
	YesNo Kind = "yes_no"
)

// Attribute is an own field of a workspace. It states why it is held (個人情報保護法
// 17条: the purpose of use is to be specified as far as possible).
type Attribute struct {
	ID        int64
	Workspace int64
	// Key is the machine name: a small letter, then small letters, digits and _.
	Key              string
	LabelJa, LabelEn string
	Kind             Kind
	// Choices lists the values that a Choice may have.
	Choices      []string
	UseJa, UseEn string
	// Special says that the values are of a kind that the law treats apart.
	Special   Special
	CreatedAt time.Time
}

// Special is what an own field holds that provision to third parties must know of.
type Special string

// The special contents.
const (
	Ordinary Special = ""
	// Sensitive is special care-required data (個人情報保護法2条3項, 施行令2条).
	Sensitive Special = "sensitive"
	// Face is face-feature data (令和8年改正).
	Face Special = "face"
	// Device is an identifier of a browser or a device (個人情報保護法31条).
	Device Special = "device"
)

// lowered says whether a field that held this, and is to hold something else, would lose what
// the law treats apart.
func (s Special) lowered(to Special) bool { return s != Ordinary && s != to }

// Specials lists the special contents, the usual one first.
func Specials() []Special { return []Special{Ordinary, Sensitive, Face, Device} }
