package addr

import (
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// idnProfile is UTS 46 as for looking names up, without the transitional mapping
// that turns ß into ss and so reaches somebody else.
var idnProfile = idna.New(
	idna.MapForLookup(),
	idna.Transitional(false),
	idna.BidiRule(),
	idna.CheckJoiners(true),
	idna.CheckHyphens(true),
	idna.StrictDomainName(true),
	idna.VerifyDNSLength(true),
)

// parseDomain returns the domain in lower-case A-labels. A mail domain here has at
// least two labels and no address literal: nobody signs up from [192.0.2.1].
func parseDomain(s string) (string, error) {
	if !isASCII(s) || strings.Contains(strings.ToLower(s), "xn--") {
		return parseIDN(s)
	}
	s = strings.ToLower(s)
	if !isHostname(s) {
		return "", bad("addr.mail.domain")
	}
	return s, nil
}

// parseIDN refuses whatever the mapping would change beyond case and composition:
// a domain that silently became another one is not what was typed.
func parseIDN(s string) (string, error) {
	ascii, err := idnProfile.ToASCII(s)
	if err != nil || !isHostname(ascii) {
		return "", bad("addr.mail.domain")
	}
	typed, coded := strings.Split(s, "."), strings.Split(ascii, ".")
	if len(typed) != len(coded) {
		return "", bad("addr.mail.domain")
	}
	for i, label := range typed {
		label = norm.NFC.String(strings.ToLower(label))
		if label != coded[i] && label != unicodeDomain(coded[i]) {
			return "", bad("addr.mail.domain")
		}
	}
	return ascii, nil
}

// unicodeDomain falls back to the A-labels: they are always right, only harder to read.
func unicodeDomain(ascii string) string {
	if !strings.Contains(ascii, "xn--") {
		return ascii
	}
	u, err := idnProfile.ToUnicode(ascii)
	if err != nil || strings.ToLower(u) != u { // Cherokee is upper case in IDNA, and would not read back
		return ascii
	}
	return u
}

// isHostname tells lower-case letter-digit-hyphen names (RFC 1123) with at least
// two labels and a top level that is not a number.
func isHostname(s string) bool {
	if len(s) > 253 {
		return false
	}
	labels := strings.Split(s, ".")
	for _, l := range labels {
		if !isLabel(l) {
			return false
		}
	}
	top := labels[len(labels)-1]
	return len(labels) > 1 && strings.Trim(top, "0123456789") != ""
}

func isLabel(l string) bool {
	if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' {
		return false
	}
	for i := 0; i < len(l); i++ {
		if c := l[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}
