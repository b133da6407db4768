package tlsreport

import (
	"context"
	"net/url"
	"strings"
)

// mostReceivers bounds where one report goes.
const mostReceivers = 4

// receivers asks where a domain wants its reports (RFC 8460 3): https and mailto
// URIs, none if it wants none.
func (b *Book) receivers(ctx context.Context, domain string) ([]*url.URL, error) {
	texts, err := b.Texts(ctx, "_smtp._tls."+domain)
	if err != nil {
		return nil, err
	}
	return parseRecord(texts), nil
}

// parseRecord reads the TXT records; exactly one of them must be of this kind.
func parseRecord(texts []string) []*url.URL {
	var found []string
	for _, text := range texts {
		if rest, ok := strings.CutPrefix(text, "v=TLSRPTv1"); ok && strings.HasPrefix(strings.TrimLeft(rest, " \t"), ";") {
			found = append(found, rest)
		}
	}
	if len(found) != 1 {
		return nil
	}
	var uris []*url.URL
	for field := range strings.SplitSeq(found[0], ";") {
		list, ok := strings.CutPrefix(strings.TrimSpace(field), "rua=")
		if !ok {
			continue
		}
		for text := range strings.SplitSeq(list, ",") {
			if u := parseReceiver(strings.TrimSpace(text)); u != nil && len(uris) < mostReceivers {
				uris = append(uris, u)
			}
		}
	}
	return uris
}

// parseReceiver takes a URI that a report can go to, else nil.
func parseReceiver(text string) *url.URL {
	u, err := url.Parse(text)
	if err != nil {
		return nil
	}
	switch u.Scheme {
	case "https":
		if u.Hostname() != "" && u.User == nil && (u.Port() == "" || u.Port() == "443") {
			return u
		}
	case "mailto":
		if mailbox(u) != "" {
			return u
		}
	}
	return nil
}

// mailbox is the one address of a mailto URI; "" if it is none that can be used.
func mailbox(u *url.URL) string {
	address, err := url.PathUnescape(u.Opaque)
	local, domain, ok := strings.Cut(address, "@")
	if err != nil || !ok || local == "" || domain == "" || strings.ContainsFunc(address, notInMailbox) {
		return ""
	}
	return address
}

// notInMailbox keeps out what could end a header or begin a second address.
func notInMailbox(r rune) bool {
	return r <= ' ' || r >= 0x7f || strings.ContainsRune(`,;:<>()[]"\`, r)
}
