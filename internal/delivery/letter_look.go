package delivery

import (
	"bytes"

	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/law"
)

// lookOver holds the finished letter against the rules of handing over: what stands in it
// is judged and not what was meant to. A letter that they forbid is withheld with the
// rule; it is an error of the program, and said loudly.
func (h *handler) lookOver(j job, signed []byte) bool {
	e := h.engine
	facts := law.HandoffFacts{Now: e.Clock(), Step: "letter", Class: j.row.Request.Class, Letter: letterFacts(signed)}
	no := e.Gate.Rules().Handoff(&facts)
	if no == nil {
		return true
	}
	e.Log.Error("a finished letter may not leave", "rule", string(no.ID), "message", j.row.ID)
	e.journal.note(withhold(j.row, &gate.Refusal{Rule: no.ID, Rules: e.Gate.Rules().Version(), Stage: gate.Mail}))
	return false
}

// Names of the headers that are read, in small letters.
var (
	headerSignature = []byte("dkim-signature")
	headerExit      = []byte("list-unsubscribe")
	headerOneClick  = []byte("list-unsubscribe-post")
	headerTo        = []byte("to")
	headerCc        = []byte("cc")
	headerBcc       = []byte("bcc")
)

// letterFacts reads the header of a letter as its receiver would.
func letterFacts(mail []byte) law.LetterFacts {
	f := law.LetterFacts{Signature: "none"}
	for len(mail) > 0 && !bytes.HasPrefix(mail, []byte("\r\n")) {
		var name, value []byte
		name, value, mail = nextHeader(mail)
		switch {
		case bytes.EqualFold(name, headerSignature):
			if f.Signature != "omits" { // one that omits them is enough
				f.Signature = covering(value)
			}
		case bytes.EqualFold(name, headerExit):
			f.Exit = webExit(value)
		case bytes.EqualFold(name, headerOneClick):
			f.OneClick = bytes.Equal(bytes.TrimSpace(value), []byte("List-Unsubscribe=One-Click"))
		case bytes.EqualFold(name, headerTo), bytes.EqualFold(name, headerCc), bytes.EqualFold(name, headerBcc):
			f.Recipients += countAddresses(value)
		}
	}
	return f
}

// nextHeader takes the first field of a header with its folded lines.
func nextHeader(mail []byte) (name, value, rest []byte) {
	end := 0
	for {
		n := bytes.IndexByte(mail[end:], '\n')
		if n < 0 {
			end = len(mail)
			break
		}
		end += n + 1
		if end >= len(mail) || mail[end] != ' ' && mail[end] != '\t' {
			break
		}
	}
	name, value, _ = bytes.Cut(mail[:end], []byte(":"))
	return bytes.TrimRight(name, " \t"), value, mail[end:]
}

// loopbacks are the web addresses of this very machine, where the demo lives.
var loopbacks = [...][]byte{[]byte("<http://127.0.0.1"), []byte("<http://localhost"), []byte("<http://[::1]")}

// webExit says whether List-Unsubscribe names a way that RFC 8058 3.1 takes.
func webExit(value []byte) bool {
	for _, own := range loopbacks {
		if bytes.Contains(value, own) {
			return true
		}
	}
	return bytes.Contains(value, []byte("<https://"))
}

// covering says whether a DKIM signature covers both headers of one-click refusing.
func covering(signature []byte) string {
	for tag := range bytes.SplitSeq(signature, []byte(";")) {
		key, names, _ := bytes.Cut(tag, []byte("="))
		if !bytes.Equal(bytes.TrimSpace(key), []byte("h")) {
			continue
		}
		exit, oneClick := false, false
		for name := range bytes.SplitSeq(names, []byte(":")) {
			name = bytes.TrimSpace(name)
			exit, oneClick = exit || bytes.EqualFold(name, headerExit), oneClick || bytes.EqualFold(name, headerOneClick)
		}
		if exit && oneClick {
			return "covers"
		}
	}
	return "omits"
}

// countAddresses counts the mailboxes of an address field. Commas within quotes, comments
// and angles part none; more than are there may be counted, never fewer.
func countAddresses(value []byte) int {
	if len(bytes.TrimSpace(value)) == 0 {
		return 0
	}
	n, quoted, depth, angle := 1, false, 0, false
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case c == '\\':
			i++
		case c == '"' && depth == 0:
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')':
			depth--
		case depth > 0:
		case c == '<':
			angle = true
		case c == '>':
			angle = false
		case c == ',' && !angle:
			n++
		}
	}
	return n
}
