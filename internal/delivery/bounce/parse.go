package bounce

import (
	"strings"

	"github.com/kyodaku/kyodaku/internal/delivery/reply"
)

// Parse says what a mail that came back to us is. It takes any input.
func Parse(raw []byte) Message {
	p := readMail(raw)
	m := Message{
		Kind: Ordinary, From: mailbox(decodeWords(p.head.get("from"))),
		Subject: oneLine(decodeWords(p.head.get("subject"))), ID: angle(p.head.get("message-id")),
	}
	who := readAuthor(p.head)
	for _, read := range []func(*Message, *part, author) bool{
		readComplaint, readNotice, readReport, readOneClick, readAway, readWords, readAutomatic, readChallenge, readWish,
	} {
		if read(&m, p, who) {
			break
		}
	}
	return m
}

// readReport reads a delivery report by its structure (RFC 3464, RFC 6522). Nobody
// composes one by hand; but people forward them, so that only one which is the mail
// itself counts, or one in a mail that a server wrote.
func readReport(m *Message, p *part, who author) bool {
	status := findStatus(p, 0)
	if status == nil && strings.EqualFold(p.params["report-type"], "delivery-status") && who.server() {
		p = wrapped(p)
		status = findStatus(p, 0)
	}
	whole := strings.HasPrefix(p.kind, "multipart/report") || p.is("message/delivery-status", "message/global-delivery-status")
	if status == nil || !whole && !who.server() || who.person && !whole {
		return false
	}
	list := readStatus(status.text())
	words, _ := cut(human(p))
	m.Original = returned(p)
	if !m.Original.known() {
		_, m.Original = cut(human(p))
	}
	if m.Original.ID == "" {
		m.Original.ID = angle(groupField(status.text(), "x-original-message-id"))
	}
	return m.settle(list, words, p.head)
}

// wrapped is the report that a gateway packed into another one, or p itself.
func wrapped(p *part) *part {
	for _, child := range p.parts {
		if child.is("message/rfc822") {
			return readMail(child.content())
		}
	}
	return p
}

// groupField is the first field of a name in any group of a delivery report.
func groupField(text, name string) string {
	for _, g := range groups(text) {
		if v := g[name]; v != "" {
			return v
		}
	}
	return ""
}

// findStatus finds the machine-readable part of a report. It does not look into
// messages that are attached: what stands there happened to somebody else.
func findStatus(p *part, depth int) *part {
	if p.is("message/delivery-status", "message/global-delivery-status") {
		return p
	}
	for _, child := range p.parts {
		if found := findStatus(child, depth+1); found != nil {
			return found
		}
	}
	if len(p.parts) == 0 && depth > 0 && p.is("text/plain", "application/octet-stream", "message/report") && looksLikeStatus(p.text()) {
		return p
	}
	return nil
}

// looksLikeStatus recognises a machine-readable part whose type was lost on its way.
func looksLikeStatus(text string) bool {
	list := groups(text)
	if len(list) == 0 || list[0]["reporting-mta"] == "" && !list[0].named() {
		return false
	}
	for _, g := range list {
		if g.named() && g["action"] != "" {
			return true
		}
	}
	return false
}

// human is what a mail says in words, up to what it brings back.
func human(p *part) string {
	var plainText, html strings.Builder
	gather(p, &plainText, &html)
	words := plainText.String()
	if strings.TrimSpace(words) == "" {
		words = html.String()
	}
	if len(words) > maxWords {
		words = strings.ToValidUTF8(words[:maxWords], "")
	}
	return words
}

// gather collects the texts of a mail; false once a returned message or a report
// begins.
func gather(p *part, plainText, html *strings.Builder) bool {
	if strings.HasPrefix(p.kind, "multipart/") && len(p.parts) > 0 {
		for _, child := range p.parts {
			if !gather(child, plainText, html) {
				return false
			}
		}
		return true
	}
	to := plainText
	switch {
	case strings.HasPrefix(p.kind, "message/"), p.is("text/rfc822-headers", "text/rfc822-header"):
		return false
	case p.kind == "text/html":
		to = html
	case !strings.HasPrefix(p.kind, "text/") && !strings.HasPrefix(p.kind, "multipart/"):
		return true
	}
	if strings.HasPrefix(strings.ToLower(p.head.get("content-disposition")), "attachment") {
		return true
	}
	if to.Len() < maxText {
		to.WriteString(p.text())
		to.WriteString("\n")
	}
	return true
}

// settle takes recipients in, decides between bounce, delay and success, and judges.
// It is false if nobody is named and nobody can be guessed.
func (m *Message) settle(list []Recipient, words string, h head) bool {
	kinds := map[Kind][]Recipient{}
	for _, r := range list {
		k := kindOf(r, words)
		kinds[k] = append(kinds[k], r)
	}
	for _, k := range []Kind{Bounce, Delay, Success} {
		if list = kinds[k]; len(list) > 0 {
			m.Kind = k
			break
		}
	}
	if len(list) == 0 {
		return false
	}
	m.Recipients = list
	m.name(h)
	for i := range m.Recipients {
		m.Recipients[i].complete(words, m, h)
	}
	return true
}

// kindOf is what a report says about one recipient.
func kindOf(r Recipient, words string) Kind {
	switch {
	case r.Action == "failed", r.Action == "fail", r.Action == "failure", r.Action == "bounced", r.Action == "error":
		return Bounce
	case strings.HasPrefix(r.Action, "delay"):
		return Delay
	case r.Action != "":
		return Success
	case strings.HasPrefix(r.Status, "2"):
		return Success
	case strings.HasPrefix(r.Status, "4") && !finalWords.MatchString(words), late(words):
		return Delay
	}
	return Bounce
}

// late says whether a text announces further tries.
func late(words string) bool { return lateWords.MatchString(words) && !finalWords.MatchString(words) }

// name finds an address for a recipient that has none, and drops repetitions.
func (m *Message) name(h head) {
	guess := mailbox(h.get("x-failed-recipients"))
	if guess == "" {
		guess = m.Original.To
	}
	kept, seen := m.Recipients[:0], map[string]bool{}
	for _, r := range m.Recipients {
		if r.Final == "" {
			r.Final = guess
		}
		if key := strings.ToLower(r.Final); !seen[key] {
			seen[key] = true
			kept = append(kept, r)
		}
	}
	m.Recipients = kept
}

// complete adds what only the words say, and the verdict.
func (r *Recipient) complete(words string, m *Message, h head) {
	k, alone := m.Kind, len(m.Recipients) == 1
	if k == Success {
		return
	}
	if r.Diagnostic == "" {
		for _, other := range recipientsIn(words, nil) {
			if strings.EqualFold(other.Final, r.Final) || strings.EqualFold(other.Final, r.Original) {
				r.Diagnostic = other.Diagnostic
				break
			}
		}
	}
	if r.Command == "" {
		r.Command = commandIn(r.Diagnostic)
	}
	if r.Command == "" && alone {
		r.Command = commandIn(words)
	}
	if r.Remote == "" {
		r.Remote = remoteIn(r.Diagnostic)
	}
	judge(r, words)
	if strings.EqualFold(h.get("x-spasign"), "NG") { // au: the person's own filter
		r.Verdict = unwanted
		r.Verdict.Rule = "report.au_filter"
	}
}

// readWords reads a report in free words. It wants a server as author, the words of
// one, and somebody that it is about.
func readWords(m *Message, p *part, who author) bool {
	failedHeads := p.head.get("x-failed-recipients")
	said := failedHead(m.Subject)
	if said && (failedHeads != "" || p.kind == "multipart/report" && strings.EqualFold(p.params["report-type"], "delivery-status")) {
		who.daemon = true
	}
	if !who.server() || p.head.has("list-id") && !who.daemon && !who.postmaster || replied.MatchString(m.Subject) || p.is("text/calendar") {
		return false
	}
	words, o := cut(human(p))
	tells := failed(words) || late(words) || said && telling(words) != ""
	if !tells && !said || !who.sure() && !(tells && said) {
		return false
	}
	not := map[string]bool{strings.ToLower(m.From): true, strings.ToLower(mailbox(p.head.get("to"))): true, strings.ToLower(o.ReturnPath): true}
	list := recipientsIn(words, not)
	if failedHeads != "" && (len(list) == 0 || !mentions(failedHeads, list[0].Final)) {
		list = nil
		for _, a := range addressesIn(failedHeads) {
			list = append(list, Recipient{Final: a})
		}
	}
	m.Original = o
	back := returned(p)
	m.Original.fill(back)
	if not[strings.ToLower(m.Original.To)] {
		m.Original.To = ""
	}
	if len(list) == 0 && said && (m.Original.To != "" || who.daemon && tells) {
		list = []Recipient{{}} // whoever it was sent to
	}
	if !who.sure() && !m.plausible(list, words, p.head) {
		return false
	}
	if !late(words) && !late(m.Subject) && goodWords.MatchString(words) && !tells {
		return false
	}
	for i := range list {
		list[i].Action = "failed"
		if late(words) {
			list[i].Action = "delayed"
		}
	}
	return m.settle(list, m.Subject+"\n"+words, p.head)
}

func mentions(text, address string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(address))
}

// plausible says whether a mail from an address that others use too was written by a
// mail server: it is a postmaster's, brings the message back, repeats a server's codes,
// or comes from nobody and gives a reason.
func (m *Message) plausible(list []Recipient, words string, h head) bool {
	if len(list) == 0 || h.has("in-reply-to") && !automatic(h) {
		return false
	}
	who, coded := readAuthor(h), codeIn(words) >= 400 || statusIn(words) != ""
	if m.From != "" && !who.daemon && !who.postmaster && !who.faceless { // it may be a person's program
		return coded && m.Original.known()
	}
	if r := list[0]; who.nobody && r.Diagnostic != "" {
		if v, known := byWords(&r, r.Diagnostic); known && v.Blame == reply.Recipient {
			return true
		}
	}
	return who.postmaster || m.Original.known() || coded || h.has("x-failed-recipients")
}
