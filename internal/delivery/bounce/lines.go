package bounce

import (
	"regexp"
	"strings"
)

// rank is how plainly a line names a recipient.
type rank uint8

const (
	nothing  rank = iota
	loose         // an address in a sentence about the failure
	protocol      // an address in what two servers said to each other, or behind a label
	plainly       // an address at the head of a line, in a list
)

const addr = `(?:"[^"\s<>@]{1,64}"|[^\s<>()\[\]:;,"'|@*]{1,128})@[A-Za-z0-9.-]+[A-Za-z0-9]`

var (
	aloneLine  = regexp.MustCompile(`^(?:[*•・·-]+ *|\d{1,2}[.)] *|>>> *)?["'<(]*(` + addr + `)[>"')]*(?: *<` + addr + `>)?\s*[:：;,.]?$`)
	headedLine = regexp.MustCompile(`^(?:[*•・·-] *)?["'<]*(` + addr + `)["'>]*(?: *[(<][^()<>]*[)>])?(?: on [^:]{6,40}:\d\d:.*|\s*(?:[:：]|\.\.\.|[[(;]|[-–—] )\s*(.*))$`)
	namedLine  = regexp.MustCompile(`^[^:：<>()@]{1,60}[<(](` + addr + `)[)>](?:[^A-Za-z]{0,4}|: *(.*))$`)
	labelLine  = regexp.MustCompile(`(?i)(?:^|[^a-z0-9_.-])(?:recipient|error-for|error for|failed recipient|undeliverable address|smtp|the address|recipient address|original address|to address|rcpt to|deliver(?:ed|y)?(?: (?:message|mail|your message|your e-?mail))? to|(?:un)?deliverable to|undelivered to|unknown user|unknown host|invalid final delivery userid|exceeds allowed size|delivery failed(?: \w+)*|to|user|mailbox for|gateway for|returned permanent errors|宛先|送信先|配信先|受信者|アドレス|recipients?(?: \w+)?)(?:\s*[:：=]\s*|\s+|\s*(?:the )?following address:?\s*|\s*["'<「(（\[])["'<「(（\[]*(?:smtp:)?(` + addr + `)`)
	smtpLine   = regexp.MustCompile(`(?i)(?:rcpt to:?|^(?:<<<|>>>|received >>>|sent <<<)?\s*[45]\d\d[ -](?:[45]\.\d+\.\d+ )?|recipient )\s*<?(` + addr + `)>?`)
	alsoLine   = regexp.MustCompile(`(?i)(?:generated (?:from|by)|expanded from:?|was forwarded (?:from|by)|reached via)\s*<?(` + addr + `)>?`)
	fieldLine  = regexp.MustCompile(`(?i)^\s*(?:to|cc|from|sender|subject|reply-to|original sender|mail from|return-path):`)
	quotedLine = regexp.MustCompile(`^\s*>(?:[^>]|$)`)
	notThere   = regexp.MustCompile(`(?i)^(postmaster|mailer-daemon|abuse|support|help(desk)?|webmaster|admin(istrator)?|hostmaster|contact|feedback)$`)
	mention    = regexp.MustCompile(`(?i)\b(contact|help|assistance|questions?|postmaster at|if you|please|from|sender|visit|sent by|問い合わせ|連絡)\b|問い?合わ?せ`)
)

// nameOf finds the recipient that a line names, with the rest of the line.
func nameOf(line string) (address, rest string, r rank) {
	if fieldLine.MatchString(line) || quotedLine.MatchString(line) && !strings.Contains(line, ">>>") {
		return "", "", nothing
	}
	t := strings.TrimSpace(line)
	if len(t) > 1000 || !strings.Contains(t, "@") {
		return "", "", nothing
	}
	if m := aloneLine.FindStringSubmatch(t); m != nil {
		return m[1], "", plainly
	}
	if m := smtpLine.FindStringSubmatch(t); m != nil {
		return m[1], t, protocol
	}
	if m := headedLine.FindStringSubmatch(t); m != nil && !mention.MatchString(m[1]) {
		return m[1], strings.TrimRight(m[2], "]"), plainly
	}
	if m := namedLine.FindStringSubmatch(t); m != nil && len(t) < 160 && !mention.MatchString(t) {
		if codeIn(t) != 0 || failed(t) {
			return m[1], t, protocol
		}
		return m[1], m[2], plainly
	}
	if m := labelLine.FindStringSubmatch(t); m != nil {
		return m[1], t, protocol
	}
	if a := addressIn(t); a != "" && failed(t) && !mention.MatchString(t) {
		return a, t, loose
	}
	return "", "", nothing
}

// found is a recipient that a report in free words names.
type found struct {
	address, also string
	rank          rank
	words         []string
}

// wordsKept bounds what is kept of the words behind a recipient, in lines.
const wordsKept = 14

// recipientsIn reads the recipients of a report in free words. Addresses in not are
// the two ends of the report itself.
func recipientsIn(text string, not map[string]bool) []Recipient {
	list := collect(text, not)
	best := nothing
	for _, f := range list {
		best = max(best, f.rank)
	}
	var out []Recipient
	for _, f := range list {
		if f.rank == best {
			out = append(out, Recipient{Final: f.address, Original: f.also, Diagnostic: oneLine(strings.Join(f.words, " "))})
		}
	}
	for i := len(out) - 2; i >= 0; i-- { // a list, and one reason behind it
		if out[i].Diagnostic == "" {
			out[i].Diagnostic = out[i+1].Diagnostic
		}
	}
	return out
}

// collect goes through the lines; each belongs to the recipient named last.
func collect(text string, not map[string]bool) []*found {
	var list []*found
	known := map[string]*found{}
	var last *found
	n := 0
	for line := range strings.Lines(text) {
		if n++; n > 2000 {
			break
		}
		if m := alsoLine.FindStringSubmatch(line); m != nil {
			if a := clean(m[1]); last == nil {
				last = &found{address: a, rank: protocol}
				known[strings.ToLower(a)], list = last, append(list, last)
			} else {
				last.also = a
			}
			continue
		}
		address, rest, r := nameOf(strings.TrimRight(line, "\n"))
		address = clean(address)
		key := strings.ToLower(address)
		if r == nothing || not[key] || notThere.MatchString(localPart(address)) {
			last.add(line)
			continue
		}
		f := known[key]
		if f == nil && len(list) < maxParts {
			f = &found{address: address}
			known[key], list = f, append(list, f)
		}
		if f == nil {
			break
		}
		f.rank = max(f.rank, r)
		// What servers say to each other belongs to whom the list names, if it does.
		if last == nil || r == plainly || f.rank >= last.rank {
			last = f
		}
		last.add(rest)
	}
	return list
}

var divider = regexp.MustCompile(`^[\s\-=*_+#~.]*$`)

func (f *found) add(line string) {
	line = strings.TrimSpace(line)
	if f == nil || divider.MatchString(line) || len(f.words) >= wordsKept {
		return
	}
	f.words = append(f.words, strings.Trim(line, "-= "))
}

var remoteForm = regexp.MustCompile(`(?i)(?:while talking to|giving up on|connected to|remote server at|smtp server|remote host|generating server:|\bhost|\bby) +<?([a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)+|\[?\d+\.\d+\.\d+\.\d+\]?)`)

// remoteIn finds the server that a text says refused, "" if it names none.
func remoteIn(s string) string {
	m := remoteForm.FindStringSubmatch(s)
	if m == nil {
		return ""
	}
	return strings.Trim(m[1], "[].")
}
