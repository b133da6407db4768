package compose

import "github.com/kyodaku/kyodaku/internal/compose/merge"

// Severity is how much a finding matters.
type Severity string

// The severities.
const (
	// Red must be put right before sending.
	Red Severity = "red"
	// Amber is worth a look.
	Amber Severity = "amber"
	// Green is told and asks nothing of anybody.
	Green Severity = "green"
)

// Repair names what an editor can offer to do about a finding.
type Repair string

// The repairs.
const (
	NoRepair       Repair = ""
	UseHonorific   Repair = "use_honorific"      // {{ contact.name }}様 becomes the filter
	AddFallback    Repair = "add_fallback"       // give the tag a text for people without a name
	AddAlt         Repair = "add_alt"            // describe the image
	ReplaceLetters Repair = "replace_characters" // write the characters in a form every device has
	BreakLine      Repair = "break_line"
)

// LintFinding is one remark about a draft.
type LintFinding struct {
	// Key is the i18n key of a sentence, Args its arguments.
	Key      string
	Args     []any
	Severity Severity
	Repair   Repair
	// Field is subject, preheader, body, or a path into the blocks.
	Field string
	// At is the place in that field's text; zero means the whole of it.
	At merge.Position
}
