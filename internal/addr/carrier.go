package addr

import "strings"

// Carrier is the Japanese mobile carrier whose mailboxes a domain has: "docomo", "au" or
// "softbank", "" for all others. It is part of contact.Traits.Kind: whoever changes the
// list has all people sorted anew, by a migration that sets consent_state.person_kind to 0.
func Carrier(domain string) string {
	switch domain {
	case "docomo.ne.jp":
		return "docomo"
	case "au.com", "ezweb.ne.jp":
		return "au"
	case "softbank.ne.jp", "i.softbank.jp":
		return "softbank"
	}
	if strings.HasSuffix(domain, ".vodafone.ne.jp") {
		return "softbank"
	}
	return ""
}
