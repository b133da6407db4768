package law

import "strings"

// Nexus is what ties a message to legal orders: where it is sent from, and what is
// known of where it goes. Countries are ISO 3166-1 codes of two letters in capitals.
type Nexus struct {
	// Sender is the country of the sender's address, Equipment where its servers stand.
	Sender    string
	Equipment string
	// Stated is the country the person told us; Postal that of the postal address.
	Stated string
	Postal string
	// Phone is the country of the person's telephone number.
	Phone string
	// Domain is the mail address's domain in A-labels, lower case; "" for other channels.
	Domain string
	// Language is that the person reads us in ("ja", "en"), or whose script the name is
	// written in. Japanese hints at Japan; English hints at nothing.
	Language string
	// Market is the only country that the sender says it has customers in, for those
	// of whom nothing else tells one.
	Market string
}

// Reach is which legal orders a message touches.
type Reach struct {
	Apply Jurisdictions
	// Country is the recipient's, "" when it cannot be told.
	Country string
	// Hint names what told the country: stated, postal, phone, domain, language, market or "";
	// several, where these contradict each other: the country is then that of the first.
	Hint string
	// Strictest says that the strictest set applies, because the country cannot be told
	// or we know nothing of its law (rule SCOPE-03).
	Strictest bool
}

// Reach gathers all that apply: Japan for everything sent from or to Japan
// (SEMA 2(ii)), and the recipient's country. Where what is known of the recipient
// contradicts itself, every country that is hinted at counts. A country that cannot be
// told, or whose law we do not know, gets Japan and the strictest reading of the European
// Union (rule SCOPE-03).
func (n Nexus) Reach() Reach {
	r := Reach{Apply: Providers}
	if n.Sender == "JP" || n.Equipment == "JP" {
		r.Apply |= JP
	}
	first := Jurisdictions(0)
	for _, told := range [...]struct{ country, hint string }{
		{n.Stated, "stated"}, {n.Postal, "postal"}, {n.Phone, "phone"}, {ofDomain(n.Domain), "domain"},
	} {
		if told.country == "" {
			continue
		}
		own := ofCountry(told.country)
		switch {
		case r.Country == "":
			r.Country, r.Hint, first = told.country, told.hint, own
		case own != first || own == 0 && told.country != r.Country:
			r.Hint = "several"
		}
		r.Apply |= own
		r.Strictest = r.Strictest || own == 0
	}
	n.faint(&r)
	if r.Strictest {
		r.Apply |= JP | EU | DE
	}
	return r
}

// faint adds what does not contradict a country but may hint at one: whoever reads
// Japanese may be in Japan wherever else they seem to be, and the market counts where
// nothing else tells.
func (n Nexus) faint(r *Reach) {
	if n.Language == "ja" {
		r.Apply |= JP
	}
	switch {
	case r.Country != "":
	case n.Language == "ja":
		r.Country, r.Hint = "JP", "language"
	case n.Market != "":
		own := ofCountry(n.Market)
		r.Country, r.Hint, r.Strictest = n.Market, "market", own == 0
		r.Apply |= own
	default:
		r.Strictest = true
	}
}

// ofDomain reads a country from the last label of a mail domain. Labels that people
// of all countries use (com, net, io, tv …) tell nothing.
func ofDomain(domain string) string {
	label := domain[strings.LastIndexByte(domain, '.')+1:]
	switch label {
	case "jp", "xn--wgv71a": // 日本
		return "JP"
	case "us":
		return "US"
	case "uk":
		return "GB"
	case "au":
		return "AU"
	case "ca":
		return "CA"
	default:
		return ofUnion[label]
	}
}

// ofUnion are the countries of the European Union and of the wider economic area by
// the label of their domains. Those that everybody uses (.eu, .is, .li) tell nothing.
var ofUnion = map[string]string{
	"at": "AT", "be": "BE", "bg": "BG", "cy": "CY", "cz": "CZ", "de": "DE", "dk": "DK", "ee": "EE", "es": "ES",
	"fi": "FI", "fr": "FR", "gr": "GR", "hr": "HR", "hu": "HU", "ie": "IE", "it": "IT", "lt": "LT", "lu": "LU",
	"lv": "LV", "mt": "MT", "nl": "NL", "no": "NO", "pl": "PL", "pt": "PT", "ro": "RO", "se": "SE", "si": "SI", "sk": "SK",
}

// union are the countries of the European Union and of the wider economic area,
// where the same rules hold.
const union = " AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK "

func ofCountry(code string) Jurisdictions {
	switch code {
	case "JP":
		return JP
	case "US":
		return US
	case "GB":
		return UK
	case "AU":
		return AU
	case "CA":
		return CA
	case "DE":
		return EU | DE
	}
	if at := strings.Index(union, code); len(code) == 2 && at >= 0 && union[at-1] == ' ' {
		return EU
	}
	return 0
}
