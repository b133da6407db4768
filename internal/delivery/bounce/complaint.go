package bounce

import (
	"regexp"
	"strings"
)

// quoteHead introduces a quotation.
var quoteHead = regexp.MustCompile(`(?i)^(on .{4,80} wrote:|.{4,80}さん(は書きました|wrote)?[:：]|.{0,40}\d{1,2}:\d\d.{0,60}<.+@.+>[:：]?$|sent from my|(iPhone|Android)から送信|from: .+@.+)`)

var complaintSubject = regexp.MustCompile(`(?i)^complaint about message from |^(abuse|spam) (report|complaint)|^e-?mail feedback report for ip|^fw: .* complaint|^feedback report`)

// readComplaint reads an abuse report (RFC 5965) and the ways of those who do not
// follow it: Microsoft sends the message back in a mixed mail.
func readComplaint(m *Message, p *part, who author) bool {
	report := findPart(p, 0, "message/feedback-report")
	if report == nil && p.kind == "multipart/report" && strings.Contains(strings.ToLower(p.params["report-type"]), "feedback") {
		report = lostReport(p)
	}
	switch {
	case report != nil && (strings.HasPrefix(p.kind, "multipart/report") || !who.person):
		g := all(report.text())
		m.Original = returned(p)
		m.feedback(g, p)
	case report == nil && p.kind == "multipart/mixed" && complaintSubject.MatchString(m.Subject) && returned(p).known():
		m.Original = returned(p)
		m.Kind, m.Feedback = Complaint, "abuse"
		m.Recipients = complainant(group{}, p, m.Original)
	default:
		return false
	}
	return true
}

// feedback sorts by the type of the report: not all are complaints.
func (m *Message) feedback(g group, p *part) {
	m.Feedback = strings.ToLower(firstWord(g["feedback-type"]))
	switch {
	case strings.HasPrefix(m.Feedback, "opt-out"), m.Feedback == "unsubscribe", m.Feedback == "opt_out":
		m.Kind = Unsubscribe
	case strings.HasPrefix(m.Feedback, "auth-failure"), m.Feedback == "not-spam", m.Feedback == "dkim", m.Feedback == "dmarc":
		m.Kind = Notice
	default:
		m.Kind = Complaint
		if m.Feedback == "" {
			m.Feedback = "abuse"
		}
	}
	if m.Original.ReturnPath == "" {
		m.Original.ReturnPath = mailbox(g["original-mail-from"])
	}
	m.Recipients = complainant(g, p, m.Original)
}

// complainant is whom the complaint is of, if the reporter did not black it out.
func complainant(g group, p *part, o Original) []Recipient {
	for _, text := range []string{g["original-rcpt-to"], g["removal-recipient"], g["original-recipient"], p.head.get("x-hmxmroriginalrecipient"), receivedFor(p), o.To} {
		if a := mailbox(text); a != "" {
			return []Recipient{{Final: a, Reporting: host(g["reporting-mta"]), Action: "complained"}}
		}
	}
	return nil
}

// receivedFor is a field that Microsoft puts into the head of the returned message.
func receivedFor(p *part) string {
	for _, child := range p.parts {
		if child.is("message/rfc822", "text/rfc822-headers") {
			h, _ := splitHead(child.content())
			if v := h.get("x-hmxmroriginalrecipient"); v != "" {
				return v
			}
		}
	}
	return ""
}

// all puts the groups of a report together: some have stray empty lines.
func all(text string) group {
	out := group{}
	for _, g := range groups(text) {
		for name, value := range g {
			if _, there := out[name]; !there {
				out[name] = value
			}
		}
	}
	return out
}

// findPart finds the first part of a type, not within attached messages.
func findPart(p *part, depth int, kind string) *part {
	if p.kind == kind {
		return p
	}
	if depth >= maxDepth {
		return nil
	}
	for _, child := range p.parts {
		if found := findPart(child, depth+1, kind); found != nil {
			return found
		}
	}
	return nil
}

// lostReport finds the fields of an abuse report whose part has lost its type.
func lostReport(p *part) *part {
	for _, child := range p.parts {
		if len(child.parts) == 0 && all(child.text())["feedback-type"] != "" {
			return child
		}
	}
	return nil
}

// readNotice takes receipts: a machine says that a mail was shown, or thrown away (RFC 8098).
func readNotice(m *Message, p *part, _ author) bool {
	receipt := findPart(p, 0, "message/disposition-notification") != nil ||
		strings.Contains(strings.ToLower(p.params["report-type"]), "disposition-notification")
	aggregate := p.kind == "application/tlsrpt+gzip" || findPart(p, 0, "application/tlsrpt+gzip") != nil || findPart(p, 0, "application/tlsrpt+json") != nil ||
		(strings.HasPrefix(strings.ToLower(m.Subject), "report domain:") && findPart(p, 0, "text/plain") != p)
	if !receipt && !aggregate {
		return false
	}
	m.Kind = Notice
	return true
}
