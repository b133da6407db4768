package web

import (
	"strings"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/fault"
)

// seesAddresses says whether the operator sees addresses in full: who edits people
// or takes their data out. Others recognise a person by name and mask.
func (c *Call) seesAddresses() bool {
	return c.Can(account.EditContacts) || c.Can(account.Export)
}

// shown is an address as this operator may see it; empty stays empty.
func (c *Call) shown(channel addr.Channel, text string) string {
	if text == "" {
		return ""
	}
	if !c.seesAddresses() {
		return mask(text)
	}
	if channel == addr.Email {
		if m, err := addr.StoredMail(text); err == nil {
			return m.Display()
		}
	}
	return text
}

// mask hides who an address belongs to: of a mail address the first character and
// the domain stay, of other addresses the last three characters.
func mask(text string) string {
	const dots = "•••"
	if at := strings.LastIndexByte(text, '@'); at > 0 {
		first := []rune(text[:at])[:1]
		return string(first) + dots + text[at:]
	}
	r := []rune(text)
	return dots + string(r[max(len(r)-3, 0):])
}

// parseAddress reads an address that was typed without saying what it is: mail, a
// LINE user id or a phone number.
func parseAddress(text string) (addr.Address, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, fault.Bad("address", "web.address.needed")
	}
	if strings.ContainsAny(text, "@＠") {
		return addr.Parse(addr.Email, text)
	}
	for _, channel := range []addr.Channel{addr.LINE, addr.SMS} {
		if a, err := addr.Parse(channel, text); err == nil {
			return a, nil
		}
	}
	return addr.Parse(addr.Email, text) // its error is the one that helps
}
