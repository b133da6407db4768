package bounce

import (
	"regexp"
	"strconv"
	"strings"
)

// group is one group of fields of a delivery report (RFC 3464 2.1).
type group map[string]string

// groups reads the fields of a delivery report. Lines that are no fields belong to the
// field before them; empty lines divide.
func groups(text string) []group {
	var out []group
	g, last := group{}, ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \t\n")
		name, value, ok := strings.Cut(line, ":")
		name = strings.ToLower(strings.TrimSpace(name))
		switch {
		case line == "":
			if len(g) > 0 {
				out = append(out, g)
			}
			g, last = group{}, ""
		case line[0] != ' ' && line[0] != '\t' && ok && isFieldName([]byte(name)):
			if _, again := g[name]; again && name == "final-recipient" { // the empty line is missing
				out = append(out, g)
				g = group{}
			}
			if _, again := g[name]; !again {
				g[name], last = strings.TrimSpace(value), name
			}
		case last != "" && len(g[last]) < maxField:
			g[last] += " " + strings.TrimSpace(line)
		}
		if len(out) >= maxParts {
			break
		}
	}
	if len(g) > 0 {
		out = append(out, g)
	}
	return join(out)
}

// join puts fields that stray empty lines tore away back to their recipient.
func join(list []group) []group {
	var out []group
	for _, g := range list {
		if len(out) > 0 && !g.named() && out[len(out)-1].named() && !out[len(out)-1].shares(g) {
			for name, value := range g {
				out[len(out)-1][name] = value
			}
			continue
		}
		out = append(out, g)
	}
	return out
}

// shares says whether two groups have a field in common, so that they cannot be one.
func (g group) shares(other group) bool {
	for name := range other {
		if _, there := g[name]; there {
			return true
		}
	}
	return false
}

func (g group) named() bool { return g["final-recipient"] != "" || g["original-recipient"] != "" }

// readStatus reads the recipients of a delivery report.
func readStatus(text string) []Recipient {
	var out []Recipient
	reporting := ""
	for _, g := range groups(text) {
		if m := g["reporting-mta"]; m != "" {
			reporting = host(m)
		}
		if !g.named() && g["action"] == "" && g["status"] == "" {
			continue
		}
		out = append(out, g.recipient(reporting))
	}
	return out
}

func (g group) recipient(reporting string) Recipient {
	r := Recipient{
		Final: typed(g["final-recipient"]), Original: typed(g["original-recipient"]),
		Action: strings.ToLower(firstWord(g["action"])), Status: statusIn(g["status"]),
		Diagnostic: oneLine(decodeWords(typedText(g["diagnostic-code"]))),
		Remote:     host(g["remote-mta"]), Reporting: reporting,
	}
	if r.Original == "" {
		r.Original = typed(g["x-actual-recipient"])
	}
	if r.Final == "" {
		r.Final, r.Original = r.Original, ""
	}
	if r.Diagnostic == "" { // Exchange and others put it beside the code
		_, comment, _ := strings.Cut(g["status"], "(")
		r.Diagnostic = oneLine(strings.TrimSuffix(strings.TrimSpace(comment), ")"))
	}
	if info := g["x-supplementary-info"]; info != "" {
		r.Diagnostic = oneLine(r.Diagnostic + " " + info)
	}
	return r
}

// host is the name in a field like "dns; mx.example.jp (192.0.2.1)".
func host(value string) string { return strings.Trim(firstWord(typedText(value)), "<>[]().;") }

// firstWord drops the comments that some servers write behind a value.
func firstWord(s string) string {
	word, _, _ := strings.Cut(strings.TrimSpace(s), " ")
	return word
}

var (
	statusForm = regexp.MustCompile(`(?:^|[^0-9.])([245]\.\d{1,3}\.\d{1,3})(?:[^0-9.]|\.(?:[^0-9]|$)|$)`)
	codeForm   = regexp.MustCompile(`(?:^|[\s:#'"(\[;,>=]|said: )([245][0-7]\d)(?:[ \-#:;,.)\]]|$)`)
)

// statusIn finds an enhanced status code (RFC 3463) in a text, not the address of a machine.
func statusIn(s string) string {
	m := statusForm.FindStringSubmatch(s)
	if m == nil {
		return ""
	}
	return m[1]
}

// codeIn finds an SMTP reply code in a text, 0 if there is none.
func codeIn(s string) int {
	m := codeForm.FindStringSubmatch(s)
	if m == nil {
		return 0
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return 0
	}
	return n
}

var commandForm = regexp.MustCompile(
	`(?i)in reply to (?:the )?(?:end of )?(RCPT|DATA|MAIL|HELO|EHLO)|` +
		`(?:>>>|-->|sent <<<) *(RCPT|DATA|MAIL|HELO|EHLO)|` +
		`(?:after|following|for|error in) (?:the )?(?:end of )?(?:initial )?(RCPT|DATA|MAIL|HELO|EHLO|TEXT)\b|` +
		`SMTP:(RCPT|DATA|MAIL) host|SMTP command\s+(RCPT|DATA|MAIL)|failed (?:on|after I sent) (DATA|the message)|` +
		`(does not like recipient)|(sender was rejected)|` +
		`(end of message|message content)`)

// commandIn finds the SMTP command that a text says was refused, "" if it does not.
func commandIn(s string) string {
	last := ""
	for _, m := range commandForm.FindAllStringSubmatch(s, 20) {
		for i, word := range m[1:] {
			switch {
			case word == "":
			case i == 6:
				last = "RCPT"
			case i == 7:
				last = "MAIL"
			case i == 5 || i == 8 || strings.EqualFold(word, "TEXT"):
				last = "DATA"
			default:
				last = strings.ToUpper(word)
			}
		}
		if last == "RCPT" { // what follows a refused recipient is politeness
			break
		}
	}
	return last
}
