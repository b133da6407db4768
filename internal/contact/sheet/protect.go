package sheet

import (
	"strings"
	"unicode/utf8"
)

// formulaStarts are what makes a spreadsheet take a cell for a formula (OWASP, "CSV
// Injection"); a Japanese one takes the full-width signs for the others.
const formulaStarts = "=+-@\t\r\n＝＋－＠"

// protect puts ' before a cell that a spreadsheet would take for a formula, and
// before one that looks protected already, so that unprotect gives back what was there.
func protect(cell string) string {
	if startsFormula(strings.TrimLeft(cell, "'")) {
		return "'" + cell
	}
	return cell
}

func unprotect(cell string) string {
	if cell != "" && cell[0] == '\'' && startsFormula(strings.TrimLeft(cell, "'")) {
		return cell[1:]
	}
	return cell
}

func startsFormula(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	return s != "" && strings.ContainsRune(formulaStarts, first)
}
