package bounce

import (
	"regexp"
	"strings"
)

// addressForm finds mail addresses in running text, also those that Japanese
// carriers gave out against RFC 5321 (dots in a row or before the @) and quoted local
// parts. It keeps to ASCII, for Japanese text stands without a space beside them.
var addressForm = regexp.MustCompile(
	"(\"[^\"\\s<>@]{1,64}\"|[A-Za-z0-9!#$%&'*+/=?^_{|}~`.\\-]{1,128})@" +
		`(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]`)

// addressIn is the first address in a text, "" if there is none.
func addressIn(s string) string {
	return clean(addressForm.FindString(s))
}

// addressesIn are all addresses in a text in their order.
func addressesIn(s string) []string {
	var out []string
	for _, a := range addressForm.FindAllString(s, 50) {
		out = append(out, clean(a))
	}
	return out
}

// clean drops what running text leaves before an address.
func clean(a string) string { return strings.TrimLeft(a, "'*=./") }

// mailbox is the address of a header field with an author or a receiver in it.
func mailbox(value string) string {
	if i := strings.LastIndexByte(value, '<'); i >= 0 {
		if a := addressIn(value[i:]); a != "" {
			return a
		}
	}
	return addressIn(value)
}

// localPart is what stands before the @, in lower case.
func localPart(address string) string {
	i := strings.LastIndexByte(address, '@')
	return strings.ToLower(address[:max(i, 0)])
}

// typed is the address of a field like "rfc822; hanako@example.jp" (RFC 3464 2.1.2).
func typed(value string) string {
	kind, rest, ok := strings.Cut(value, ";")
	if !ok {
		kind, rest = "", value
	}
	rest = strings.Trim(strings.TrimSpace(rest), "<>")
	if a := addressIn(rest); a != "" && isASCII(rest) {
		return a
	}
	switch strings.ToLower(strings.TrimSpace(kind)) {
	case "rfc822", "utf-8", "utf8":
	default:
		return ""
	}
	if strings.Contains(rest, "@") && !strings.ContainsAny(rest, " \t") {
		return rest
	}
	return ""
}

// typedText is the text of a field like "smtp; 550 no" without its type.
func typedText(value string) string {
	kind, rest, ok := strings.Cut(value, ";")
	if ok && !strings.ContainsAny(strings.TrimSpace(kind), " \t.") {
		return strings.TrimSpace(rest)
	}
	return strings.TrimSpace(value)
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > '~' }) < 0
}
