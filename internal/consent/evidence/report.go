package evidence

// Check is one thing that verifying looks at; each has a sentence at
// "consent.check.<check>".
type Check string

// The checks, in their order.
const (
	// CheckArchive: the container is as it was written.
	CheckArchive Check = "archive"
	// CheckKey: the pack's key is a key, and the one that is trusted.
	CheckKey Check = "key"
	// CheckManifest: the list of files is signed by that key.
	CheckManifest Check = "manifest"
	// CheckFiles: every file is there and as it was, and there is no other.
	CheckFiles Check = "files"
	// CheckCheckpoint: the head of the log is signed by the key.
	CheckCheckpoint Check = "checkpoint"
	// CheckEvents: every event is what was committed to.
	CheckEvents Check = "events"
	// CheckInclusion: every commitment is in the log.
	CheckInclusion Check = "inclusion"
	// CheckConsistency: the earlier signed heads are beginnings of this log.
	CheckConsistency Check = "consistency"
	// CheckTexts: pages and wordings are those that the events name.
	CheckTexts Check = "texts"
)

// Finding is one thing that is wrong, and where.
type Finding struct {
	Check Check
	// File is the member of the pack, "" for the container itself.
	File string
	// Event is the event's id (evt_…) where the place belongs to one.
	Event string
	// Field is a JSON pointer (RFC 6901) into the file.
	Field string
	// Detail is for developers, in English.
	Detail string
}

// Result is one check and whether it held.
type Result struct {
	Check Check
	OK    bool
}

// Report is the outcome of verifying a pack.
type Report struct {
	Results  []Result
	Findings []Finding
	// Origin and Key name the log that signed the pack.
	Origin, Key string
	// Trusted says that Key is the one the caller trusts; without a trusted key a
	// good pack only proves that it is whole.
	Trusted bool
	// Principal is the person's id, Events the number of events, Erased those whose
	// evidence was destroyed, Messages the number of messages.
	Principal                string
	Events, Erased, Messages int
	// Size and At are the signed head's.
	Size int64
	At   string
}

// OK says whether every check was made and held.
func (r *Report) OK() bool {
	return len(r.Results) == len(checks()) && r.ok()
}

// checks lists all checks.
func checks() []Check {
	return []Check{
		CheckArchive, CheckKey, CheckManifest, CheckFiles, CheckCheckpoint, CheckEvents, CheckInclusion,
		CheckConsistency, CheckTexts,
	}
}

func (r *Report) ok() bool { return len(r.Findings) == 0 }

// begin starts a check; what fails from now on belongs to it.
func (r *Report) begin(c Check) { r.Results = append(r.Results, Result{Check: c, OK: true}) }

// findingsMost bounds a report; one is enough to refuse a pack.
const findingsMost = 200

func (r *Report) fail(f Finding) {
	last := &r.Results[len(r.Results)-1]
	last.OK = false
	f.Check = last.Check
	if len(r.Findings) < findingsMost {
		r.Findings = append(r.Findings, f)
	}
}
