package law

import "time"

// RetentionFacts is what the rules of this place are held against: something is about
// to be destroyed or given out, or a clock runs.
type RetentionFacts struct {
	Now   time.Time     `toml:"now"`
	Reach Jurisdictions `toml:"-"`

	// Act is what is about to be done; "watch" is looking at the clocks only.
	Act string `toml:"act" choices:"none,watch,erase_profile,destroy_evidence,destroy_provision,drop_link_key,export,answer_request"`
	// Clocks are those that still run for what would be destroyed.
	Clocks RunningClocks `toml:"clocks"`
	// Refused says that the person said no, HashKept that the keyed hash of the address
	// will stay behind.
	Refused  bool `toml:"refused"`
	HashKept bool `toml:"hash_kept"`
	// Useless says that nothing is left that the profile is held for.
	Useless bool `toml:"useless"`
	// LinkDays is how many days ago the last message left whose links need the key.
	LinkDays int `toml:"link_days"`
	// Export is who takes personal data out, and why.
	Export ExportFacts `toml:"export"`
	// RefusalSeconds is how long a refusal took from being received to being binding.
	RefusalSeconds int `toml:"refusal_seconds"`

	Request  RequestFacts  `toml:"request"`
	Incident IncidentFacts `toml:"incident"`
}

// RunningClocks says which periods of keeping are not over.
type RunningClocks struct {
	// Sema is 特定電子メール法施行規則 4条2項, Scta 特定商取引法施行規則 30条2項, Precaution the
	// same period where nothing is sold by mail order, Casl the Canadian limitation period.
	Sema       bool `toml:"sema"`
	Scta       bool `toml:"scta"`
	Precaution bool `toml:"precaution"`
	Casl       bool `toml:"casl"`
	// Order is the longer period after an order under Article 7.
	Order bool `toml:"order"`
	// Provision is the period of records under APPI 29 and 30.
	Provision bool `toml:"provision"`
	// Hold is a legal officer's own.
	Hold bool `toml:"hold"`
}

// ExportFacts is what is known of a download of personal data.
type ExportFacts struct {
	// Role says that the role allows it; Reason is what was given; Logged says that the
	// audit log takes it down.
	Role   bool   `toml:"role"`
	Reason string `toml:"reason"`
	Logged bool   `toml:"logged"`
}

// RequestFacts is a person's request about his data.
type RequestFacts struct {
	// Kind is what is asked for: APPI 33 disclosure, 34 correction, 35 ceasing use, erasing,
	// stopping provision.
	Kind string `toml:"kind" choices:"none,disclosure,correction,cease,erase,stop_provision"`
	Open bool   `toml:"open"`
	// Days is how long ago it was received, in whole days.
	Days int `toml:"days"`
	// Answered says that result and reason were told to the person.
	Answered bool `toml:"answered"`
	// Identified says that it was made sure who asks, the agent's authority included.
	Identified bool `toml:"identified"`
	// Outcome is how it is about to be answered, Reason what the person is told.
	Outcome string `toml:"outcome" choices:"none,granted,partly,refused"`
	Reason  string `toml:"reason"`
}

// IncidentFacts is a leak, or one that may have happened (APPI 26).
type IncidentFacts struct {
	// Stage is what was done last: it was opened, the preliminary or the final report made.
	Stage string `toml:"stage" choices:"none,opened,preliminary,final"`
	// Reportable says that one of the thresholds of APPI-R 7 is met, or not yet ruled out.
	Reportable bool `toml:"reportable"`
	// Wrongful is threshold 3: an act with a wrongful purpose, which gives 60 days.
	Wrongful bool `toml:"wrongful"`
	// Days is the number of today, the day on which it became known being 1 (law.IncidentDay).
	Days int `toml:"days"`
	// Entrusted says that the data are a principal's; Told that the principal was told.
	Entrusted bool `toml:"entrusted"`
	Told      bool `toml:"told"`
	// Untold says that the persons were not told yet, and that nobody has closed it without.
	Untold bool `toml:"untold"`
}

var retentionChecks = map[string]func(*RetentionFacts) bool{}

// Retention is everything the rules say, blocks first.
func (s *Set) Retention(f *RetentionFacts) Findings {
	return s.retention.all(f, f.Now, f.Reach, s.doubt)
}
