package page

import "time"

// Badge names a state in a word. Tone is plain, strong (the accent), or quiet;
// signal colours belong to findings alone.
type Badge struct {
	Tone string
	// Key is the word's catalogue key; when empty, Text is shown as it is.
	Key, Text string
}

// Level is how grave a finding is.
type Level string

// The levels: the only things on a page that are red, amber or green, and never
// without a word and a sign.
const (
	Red   Level = "red"
	Amber Level = "amber"
	Green Level = "green"
)

// Finding is one row of a check. Its texts are in the reader's language already.
type Finding struct {
	Level Level
	// Title says what was found, Text why it matters, Citation where it is written.
	Title, Text, Citation string
	// Repair is the text of the button that leads to the repair: to Href, or
	// done at once by a form posted to Post.
	Repair, Href, Post string
}

// LevelKey is the catalogue key of the level's word.
func (f Finding) LevelKey() string { return "page.finding." + string(f.Level) }

// Happening is one entry of a timeline; its texts are in the reader's language.
type Happening struct {
	At                      time.Time
	Title, Text, Note, Href string
}

// Progress is how far a long act has come.
type Progress struct {
	// At of Total; a Total of 0 is not known yet.
	At, Total int64
	Done      bool
	// Text says what is being done, Note what is left or came of it.
	Text, Note string
	// Refresh is the path that answers with this part alone.
	Refresh string
}

// Step is one stop of a wizard.
type Step struct {
	Number int
	Key    string
	// State is done, now or later.
	State string
}

// StepsAt makes the steps of a wizard that stands at step now, counted from 1.
func StepsAt(now int, keys ...string) []Step {
	steps := make([]Step, len(keys))
	for i, key := range keys {
		steps[i] = Step{Number: i + 1, Key: key, State: "later"}
		switch {
		case i+1 < now:
			steps[i].State = "done"
		case i+1 == now:
			steps[i].State = "now"
		}
	}
	return steps
}
