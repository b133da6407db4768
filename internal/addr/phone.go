package addr

import (
	"strings"

	"golang.org/x/text/width"
)

// Phone is a telephone number in E.164. The zero value is no number.
type Phone struct{ e164 string }

// ParsePhone reads an international number (+ and up to 15 digits, ITU-T E.164) or
// a Japanese national one (090-1234-5678, 03-1234-5678). Hyphens, dots, spaces and
// brackets between the digits are let fall and full-width digits are read as
// digits: neither can mean another number. A Japanese number must have the length of its kind.
func ParsePhone(s string) (Phone, error) {
	digits, plus, ok := phoneDigits(s)
	if !ok {
		return Phone{}, bad("addr.phone.form")
	}
	if !plus {
		if !strings.HasPrefix(digits, "0") {
			return Phone{}, bad("addr.phone.country")
		}
		return japanese(digits)
	}
	if rest, ok := strings.CutPrefix(digits, "81"); ok {
		// +81 (0)90 is common on business cards.
		return japanese("0" + strings.TrimPrefix(rest, "0"))
	}
	if len(digits) < 7 || len(digits) > 15 || digits[0] == '0' {
		return Phone{}, bad("addr.phone.form")
	}
	return Phone{"+" + digits}, nil
}

// japanese takes a national number with its leading zero (総務省「電気通信番号計画」):
// eleven digits for 0A0 and 0800, ten for the rest.
func japanese(n string) (Phone, error) {
	if len(n) < 4 || n[1] == '0' {
		return Phone{}, bad("addr.phone.form")
	}
	want := 10
	if n[2] == '0' && strings.IndexByte("256789", n[1]) >= 0 || strings.HasPrefix(n, "0800") {
		want = 11
	}
	if len(n) != want {
		return Phone{}, bad("addr.phone.length", "Want", want)
	}
	return Phone{"+81" + n[1:]}, nil
}

func phoneDigits(s string) (digits string, plus, ok bool) {
	if len(s) > 64 {
		return "", false, false
	}
	var b strings.Builder
	for i, r := range strings.TrimSpace(width.Fold.String(s)) {
		switch {
		case '0' <= r && r <= '9':
			b.WriteRune(r)
		case r == '+' && i == 0:
			plus = true
		case strings.ContainsRune("-−‐–—ー.() ", r):
		default:
			return "", false, false
		}
	}
	return b.String(), plus, b.Len() > 0
}

// IsZero says whether this is no number.
func (p Phone) IsZero() bool { return p.e164 == "" }

// Channel returns SMS.
func (p Phone) Channel() Channel { return SMS }

// Canonical returns the number in E.164.
func (p Phone) Canonical() Canonical { return Canonical(p.e164) }

// String returns the number in E.164, as +819012345678.
func (p Phone) String() string { return p.e164 }

// Mobile says whether a Japanese number can take an SMS: 060, 070, 080 and 090, but
// not 0800, which is free dial. Other countries' numbers do not tell, and are taken
// for such that can.
func (p Phone) Mobile() bool {
	rest, ok := strings.CutPrefix(p.e164, "+81")
	if !ok {
		return !p.IsZero()
	}
	return len(rest) == 10 && rest[0] >= '6' && rest[1] == '0' && rest[2] != '0'
}

// National returns a Japanese mobile number as 090-1234-5678, and every other
// number in E.164: where its area code ends cannot be seen from the digits.
func (p Phone) National() string {
	if !p.Mobile() || !strings.HasPrefix(p.e164, "+81") {
		return p.e164
	}
	n := "0" + p.e164[3:]
	return n[:3] + "-" + n[3:7] + "-" + n[7:]
}
