package addr

// LineID is the user id that LINE gives to one of its channel providers. The zero
// value is no id.
type LineID struct{ id string }

// ParseLineID reads a user id as LINE's Messaging API writes it: U and 32
// lower-case hexadecimal digits. The public "LINE ID" that people search by is something else and
// cannot be sent to.
func ParseLineID(s string) (LineID, error) {
	if len(s) != 33 || s[0] != 'U' {
		return LineID{}, bad("addr.line.form")
	}
	for i := 1; i < len(s); i++ {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return LineID{}, bad("addr.line.form")
		}
	}
	return LineID{s}, nil
}

// IsZero says whether this is no id.
func (l LineID) IsZero() bool { return l.id == "" }

// Channel returns LINE.
func (l LineID) Channel() Channel { return LINE }

// Canonical returns the id as it is: LINE's ids have one spelling.
func (l LineID) Canonical() Canonical { return Canonical(l.id) }

// String returns the id.
func (l LineID) String() string { return l.id }
