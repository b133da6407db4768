package law

import "time"

// ImportFacts is what decides whether a list, and each row of it, may be taken.
type ImportFacts struct {
	Now   time.Time     `toml:"now"`
	Reach Jurisdictions `toml:"-"`

	// Step is what is judged: the file before any row, a row by itself, or an address
	// with what is known of it already.
	Step string `toml:"step" choices:"none,file,row,known"`

	File ListFacts `toml:"file"`
	Row  RowFacts  `toml:"row"`
	// Suppressed says that the address stands on the suppression list.
	Suppressed bool `toml:"suppressed"`
}

// ListFacts is what was declared of a whole list, and what its first rows look like.
type ListFacts struct {
	// Origin is how the list came to us. Own is what the company collected itself, shared
	// what another gave us with the people's consent, optout what came by opt-out provision
	// (APPI 27(2)), succession what came with a business.
	Origin string `toml:"origin" choices:"none,own,shared,optout,succession,purchased,rented,appended,scraped"`
	// Refusals says that the list brings refusals, or people who are held without mail: both
	// need no permission.
	Refusals bool `toml:"refusals"`
	// Source, Basis, Dated and Evidence say that each row can have its own: declared for
	// the file, or in a column.
	Source   bool `toml:"source"`
	Basis    bool `toml:"basis"`
	Dated    bool `toml:"dated"`
	Evidence bool `toml:"evidence"`
	// Purpose is what people were told when the addresses were collected: that
	// advertising would be mailed, or something else.
	Purpose string `toml:"purpose" choices:"none,ads,other,held"`
	// Carried says that the purposes of the former business go on (APPI 18(2)).
	Carried bool `toml:"carried"`
	// Probed says that addresses were tried out against mail servers.
	Probed bool `toml:"probed"`
	// Generated is the share of the first addresses that look made by a machine, 0 to 1.
	Generated float64 `toml:"generated" max:"1"`

	Receipt ReceiptFacts `toml:"receipt"`
}

// ReceiptFacts is the record that whoever receives personal data must make (APPI 30).
type ReceiptFacts struct {
	Provider       string `toml:"provider"`
	Address        string `toml:"address"`
	Representative string `toml:"representative"`
	// Acquisition is how the provider got the data, Evidence the paper that showed it.
	Acquisition string `toml:"acquisition"`
	Evidence    string `toml:"evidence"`
	// Dated says that the day of receipt is known, Published that the PPC's publication of
	// the provider's filing was seen.
	Dated     bool `toml:"dated"`
	Published bool `toml:"published"`
}

// RowFacts is one row.
type RowFacts struct {
	// Refusal says that the row brings a refusal.
	Refusal bool `toml:"refusal"`
	// Basis, Source, Dated and Evidence are the row's own, or else the file's.
	Basis    string `toml:"basis" choices:"none,B1,B2,B3,B4"`
	Source   string `toml:"source"`
	Dated    bool   `toml:"dated"`
	Evidence string `toml:"evidence"`
	// Bought says that the source speaks of a list that was not given by the people on it.
	Bought bool `toml:"bought"`
	// Written, Document and Declined are of B2: in writing, the scan or form, and whether
	// it declined advertising.
	Written  bool   `toml:"written"`
	Document string `toml:"document"`
	Declined bool   `toml:"declined"`
	// PageURL, PageDated and PageHash are the captured page of B4, PageAge the days since
	// the capture, Page what it says about advertising, Publisher who published the address.
	PageURL   string `toml:"page_url"`
	PageDated bool   `toml:"page_dated"`
	PageHash  string `toml:"page_hash"`
	PageAge   int    `toml:"page_age"`
	Page      string `toml:"page" choices:"none,silent,refuses"`
	Publisher string `toml:"publisher" choices:"none,organisation,business,private"`
	// Similar claims the soft opt-in for own similar goods, RefusalOffered that the
	// address was collected beside a way to refuse.
	Similar        bool `toml:"similar"`
	RefusalOffered bool `toml:"refusal_offered"`
	// Legacy says that the local part breaks RFC 5321 as old carrier addresses do.
	Legacy bool `toml:"legacy"`
}

var importChecks = map[string]func(*ImportFacts) bool{}

// Import is everything the rules say, blocks first.
func (s *Set) Import(f *ImportFacts) Findings { return s.imports.all(f, f.Now, f.Reach, s.doubt) }
