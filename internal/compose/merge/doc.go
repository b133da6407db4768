// Package merge is the language of merge tags: a small subset of Liquid that is
// compiled once per campaign and executed once per recipient.
//
//	{{ contact.name | honorific: "様", "お客様" }}
//	{% if contact.company %} … {% elsif contact.locale == "en" %} … {% else %} … {% endif %}
//	{% for item in contact.attr.interests %} … {% endfor %}   (one turn per line of the value)
//
// Invariants: a name nobody declared is an error when compiling, never an empty
// string in a mail; every value is escaped for the place it stands in, and there
// is no way to say "do not escape"; executing cannot fail, reads nothing but the
// given values and is bounded (LoopTurns turns, ValueBytes per value). A Program
// is immutable and safe for concurrent use.
//
// Not here: what the names mean (compose declares them), Markdown, files,
// includes and functions of users.
package merge
