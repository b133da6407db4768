// Package provision hands personal data to third parties only as the law allows it:
// programmes with their legal class, the filing and notice of an opt-out provision
// with its states and their evidence, and the stops that people ask for.
//
// Invariants: a version of the items never changes, and each step (notice, filing,
// publication, start, end) is dated, evidenced and only added, also when it is put right;
// which version counts is computed from its steps; a change that the law wants announced first does not
// count before it is; a stop counts for every run that is judged after its commit,
// and lies in a table of its own, apart from every refusal of mail.
//
// Of runs: no line of a data set is stored without the record of its person; nothing
// leaves before another person approved it; what may have left counts as provided; records
// are only added and go when their period is over.
//
// Not here: the rules themselves (law, place provision), refusals of mail (consent),
// pages and commands.
package provision
