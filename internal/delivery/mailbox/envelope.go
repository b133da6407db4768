package mailbox

import (
	"bytes"
	"net/mail"
	"slices"
	"strings"
)

// maxRecipients bounds how many addresses of one mail are looked at.
const maxRecipients = 20

// envelope is what is left of a mail's way in its head.
type envelope struct {
	// from is the return path, empty for a machine's mail.
	from string
	// delivered are the recipients of ours as the receiving server notes them, written as
	// the author does.
	delivered, written []string
}

// readEnvelope reads the recipients at a domain. A head that cannot be read names nobody.
func readEnvelope(data []byte, domain string) envelope {
	m, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		return envelope{}
	}
	return envelope{
		from:      returnPath(m.Header),
		delivered: recipients(m.Header, domain, "X-Original-To", "Delivered-To", "Envelope-To", "X-Envelope-To"),
		written:   recipients(m.Header, domain, "To", "Cc"),
	}
}

// returnPath is what the last server wrote on top (RFC 5321 4.4). Where it writes none,
// the author stands for it, unless a machine says of itself that it wrote.
func returnPath(h mail.Header) string {
	if all := h["Return-Path"]; len(all) > 0 {
		return address(all[0])
	}
	if auto := strings.TrimSpace(h.Get("Auto-Submitted")); auto != "" && !strings.EqualFold(auto, "no") {
		return ""
	}
	from := address(h.Get("From"))
	if name, _, _ := strings.Cut(from, "@"); strings.EqualFold(name, "mailer-daemon") {
		return ""
	}
	return from
}

// address is the address in a field, empty if there is none.
func address(field string) string {
	a, err := mail.ParseAddress(field)
	if err != nil {
		return ""
	}
	return a.Address
}

// recipients collects addresses at a domain, each once and with the case of its name.
func recipients(h mail.Header, domain string, fields ...string) []string {
	var out []string
	for _, field := range fields {
		for _, line := range h[field] {
			list, err := mail.ParseAddressList(line)
			if err != nil {
				continue // another field may be better
			}
			for _, a := range list {
				name, at, ok := strings.Cut(a.Address, "@")
				to := name + "@" + strings.ToLower(at)
				if ok && strings.EqualFold(at, domain) && !slices.Contains(out, to) && len(out) < maxRecipients {
					out = append(out, to)
				}
			}
		}
	}
	return out
}
