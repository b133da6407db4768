package fault

// Fields collects what is wrong with an input, so that a person sees all of it
// at once and not one field per try.
type Fields []Field

// Add notes one wrong field.
func (f *Fields) Add(name, key string, args ...any) {
	*f = append(*f, Field{Name: name, Key: key, Args: args})
}

// Err returns an Invalid error with the collected fields, or nil if there are none.
func (f Fields) Err() error {
	if len(f) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Fields: f}
}
