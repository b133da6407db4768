package bounce

import (
	"regexp"
	"strings"
)

// originalOf reads what a returned message's head says.
func originalOf(h head) Original {
	o := Original{
		ID: angle(h.get("message-id")), ReturnPath: mailbox(h.get("return-path")),
		To: mailbox(decodeWords(h.get("to"))), Subject: oneLine(decodeWords(h.get("subject"))),
	}
	if o.ReturnPath == "" {
		o.ReturnPath = mailbox(h.get("x-envelope-from"))
	}
	for _, exit := range strings.Split(h.get("list-unsubscribe"), ",") {
		if exit = angle(exit); exit != "" && len(o.Exits) < 10 {
			o.Exits = append(o.Exits, exit)
		}
	}
	return o
}

// known says whether anything was found.
func (o Original) known() bool {
	return o.ID != "" || o.ReturnPath != "" || o.To != "" || o.Subject != "" || len(o.Exits) > 0
}

// fill takes from another reading what this one has not.
func (o *Original) fill(other Original) {
	for _, f := range [...]struct{ to, from *string }{
		{&o.ID, &other.ID}, {&o.ReturnPath, &other.ReturnPath}, {&o.To, &other.To}, {&o.Subject, &other.Subject},
	} {
		if *f.to == "" {
			*f.to = *f.from
		}
	}
	if len(o.Exits) == 0 {
		o.Exits = other.Exits
	}
}

// angle drops the pointed brackets around a value.
func angle(s string) string { return strings.Trim(strings.TrimSpace(s), "<>") }

// returned finds the returned message, or its head, among the parts of a report.
func returned(p *part) Original {
	var o Original
	for _, child := range p.parts {
		switch {
		case child.is("message/rfc822", "message/global", "text/rfc822-headers", "text/rfc822-header", "message/rfc822-headers", "message/global-headers", "message/partial"):
			h, _ := splitHead([]byte(strings.TrimLeft(string(child.content()), "\n ")))
			o.fill(originalOf(h))
		case strings.HasPrefix(child.kind, "multipart/"):
			o.fill(returned(child))
		}
	}
	return o
}

// copyMark is a line behind which a report in free words brings the message back.
var copyMark = regexp.MustCompile(`(?i)^[\s>*+=_-]*(below (this line|the next line|is|are|the)\b.*(copy|original|header|message)|` +
	`(this is )?(a )?copy of (the|your) (original )?(message|mail|e-?mail)|included is a copy|` +
	`(the )?(original|returned|unsent|undelivered|rejected) (message|mail|e-?mail)( text| body| headers?| information| info)?( is| are)?( follows?| attached| below| included)?( follow)?:?\s*[-=_*+]*$|` +
	`.*(unsent message follows|original message follows|message header follows|message headers? follows?|original mail as follows|no message was collected|non-delivered message|returned message follows)|` +
	`(the )?header of the original message|message headers?:?\s*[-=_*+]*$|original message headers:?|the attachment contains the original|` +
	`start of (forwarded|returned|original) message|begin (of )?(returned|original) (message|mail)|mensaje original|original mail info|text of (the )?(message|mail)|` +
	`-{3,} ?(元の|オリジナル|original).*|(元|もと)の?(メール|メッセージ)|送信された(メール|メッセージ)|以下.{0,12}(元の|オリジナル).{0,12}(メール|メッセージ).*|` +
	`-{3,}\s*original .*)`)

// headLine begins a returned message that nothing announces.
var headLine = regexp.MustCompile(`^(Return-Path|Received|X-Received|DKIM-Signature|Delivered-To|X-Original-To|ARC-Seal): `)

// cut divides a report in free words from the message that it brings back.
func cut(text string) (report string, o Original) {
	at := 0
	for line := range strings.Lines(text) {
		bare := strings.TrimRight(line, " \t\n")
		announced := at > 0 && copyMark.MatchString(bare) && addressIn(bare) == ""
		switch {
		case announced:
			h, _ := splitHead([]byte(strings.TrimLeft(dedent(text[at+len(line):]), "-=+_ \n")))
			o = originalOf(h)
			if o.known() || at > len(text)/8 {
				return text[:at], o
			}
		case at > 0 && headLine.MatchString(strings.TrimLeft(bare, " >")):
			h, _ := splitHead([]byte(dedent(text[at:])))
			return text[:at], originalOf(h)
		}
		at += len(line)
	}
	return text, Original{}
}

// dedent takes off the margin of the first line from all lines, so that an indented
// head is one.
func dedent(s string) string {
	s = strings.TrimLeft(s, "\n")
	margin := s[:len(s)-len(strings.TrimLeft(s, " \t>"))]
	if margin == "" || strings.ContainsRune(margin, '\n') {
		return s
	}
	var b strings.Builder
	for line := range strings.Lines(s) {
		b.WriteString(strings.TrimPrefix(line, margin))
	}
	return b.String()
}
