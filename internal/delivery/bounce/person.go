package bounce

import (
	"strings"
)

// readOneClick takes a wish that a mail program sent for its user: Apple's button, and
// a report that says opt-out.
func readOneClick(m *Message, p *part, _ author) bool {
	if !strings.EqualFold(strings.TrimSpace(p.head.get("x-apple-unsubscribe")), "true") {
		return false
	}
	m.Kind = Unsubscribe
	return true
}

// automatic says whether the head calls a mail an automatic one (RFC 3834 5), in its
// own or in an older way.
func automatic(h head) bool {
	if v := strings.ToLower(firstWord(strings.ReplaceAll(h.get("auto-submitted"), ";", " "))); v != "" && v != "no" {
		return true
	}
	for _, name := range []string{
		"x-autoreply", "x-auto-reply", "x-autorespond", "x-autoresponder", "x-auto-response", "x-autoreply-from", "x-autorespondto",
		"x-mail-autoreply", "x-auto-respond", "autoreply", "x-vacation", "x-away-message", "x-ms-exchange-inbox-rules-loop",
		"x-fc-machinegenerated", "x-post-messageclass", "x-php-autoresponder", "x-pmx-autoreply",
	} {
		if v := strings.ToLower(strings.TrimSpace(h.get(name))); h.has(name) && v != "no" && v != "false" {
			return true
		}
	}
	switch strings.ToLower(strings.ReplaceAll(h.get("precedence"), "-", "_")) {
	case "auto_reply":
		return true
	}
	return strings.EqualFold(h.get("x-apple-action"), "vacation") || strings.EqualFold(h.get("delivered-to"), "autoresponder")
}

// readAway takes answers that say by their subject that nobody is there, whatever else
// they mention.
func readAway(m *Message, p *part, who author) bool {
	away := awaySubject.MatchString(m.Subject) || awayHint.MatchString(m.Subject) && !replied.MatchString(m.Subject) && (automatic(p.head) || awayBody.MatchString(human(p)))
	if !away || who.sure() {
		return false
	}
	m.Kind = AutoReply
	return true
}

// readAutomatic takes what a machine says that it wrote, and reports of no failure.
func readAutomatic(m *Message, p *part, _ author) bool {
	if p.head.has("list-id") || p.head.has("x-list-administrivia") {
		if automatic(p.head) || p.head.has("x-list-administrivia") {
			m.Kind = Notice
			return true
		}
		return false
	}
	low := strings.ToLower(p.head.get("precedence"))
	quiet := low == "bulk" || low == "junk" || p.head.has("x-auto-response-suppress")
	switch {
	case automatic(p.head):
	case quiet && awayBody.MatchString(human(p)):
	default:
		return false
	}
	m.Kind = AutoReply
	if challenging(m.Subject, p) {
		m.Kind = Challenge
	}
	return true
}

// readChallenge takes mails that want the sender to prove himself.
func readChallenge(m *Message, p *part, _ author) bool {
	if !challenging(m.Subject, p) {
		return false
	}
	m.Kind = Challenge
	return true
}

func challenging(subject string, p *part) bool {
	for _, name := range []string{"x-spamarrest", "x-spamarrest-noauth", "x-boxbe", "x-tmda-confirm", "x-challenge", "x-uolspam"} {
		if p.head.has(name) {
			return true
		}
	}
	if strings.HasPrefix(strings.ToLower(p.head.get("x-delivery-agent")), "tmda") {
		return true
	}
	return proveSubject.MatchString(subject) && proveBody.MatchString(human(p))
}

// readWish takes a person's wish to be left alone, if the mail says nothing else:
// the subject, or all that was written above the quotation.
func readWish(m *Message, p *part, _ author) bool {
	if p.head.has("list-id") || p.head.has("list-unsubscribe") {
		return false // a newsletter that speaks of unsubscribing
	}
	text := written(human(p))
	subject := m.Subject != "" && stopSubject.MatchString(m.Subject) && !strings.ContainsAny(text, "?？")
	if !subject && !(len(text) < 200 && stopBody.MatchString(text)) {
		return false
	}
	m.Kind = Unsubscribe
	return true
}

// written is what a person wrote above quotation and signature.
func written(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		t := strings.TrimSpace(line)
		if strings.HasPrefix(t, ">") || t == "--" || strings.HasPrefix(t, "-----") || strings.HasPrefix(t, "_____") || quoteHead.MatchString(t) {
			break
		}
		if t != "" {
			b.WriteString(t + "\n")
		}
	}
	return strings.TrimSpace(b.String())
}
