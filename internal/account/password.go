package account

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The measures of a password. There are no rules about kinds of characters: length
// is what counts, and a sentence is welcome (NIST SP 800-63B, 3.1.1.2).
const (
	minPassword = 12
	maxPassword = 256
	// minOwn is how many characters must be left when what everybody tries first
	// has been taken out.
	minOwn = 6
	// minDifferent keeps out aaaaaaaaaaaa and abababababab.
	minDifferent = 5
)

// guessed are the pieces that guessing programs put together first, in lower case.
var guessed = strings.Fields(`
	password passwort passw0rd p@ssw0rd pa55word pass word passphrase secret himitsu pasuwado pasuwaado
	qwertyuiop qwerty asdfghjkl asdfgh asdf zxcvbnm zxcvbn zxcv 1qaz2wsx3edc 1qaz2wsx 1qaz 2wsx 3edc qazwsxedc qazwsx 1q2w3e4r5t6y
	1q2w3e4r 1q2w3e q1w2e3r4 123456789012 1234567890 123456789 12345678 1234567 123456 12345 1234 123 0123456789
	9876543210 987654321 87654321 7654321 654321 54321 4321 321 11111111 111111 000000 abcdefghijklmnop abcdefgh abcdef abcd abc
	administrator admin root superuser user guest test demo default changeme change letmein welcome login signin master
	iloveyou sunshine princess dragon monkey football baseball pokemon superman batman trustno1 shadow whatever
	sakura nippon nihon japan tokyo osaka naruto doraemon arigatou konnichiwa watashi daisuki aishiteru yamada tanaka suzuki satou
	kyodaku optin optout company kaisha spring summer autumn winter haru natsu aki fuyu
	2019 2020 2021 2022 2023 2024 2025 2026 2027 2028 2029`)

// password checks a new password; known are texts about the person and the
// company, which are guessed first.
func (c *checker) password(field, password string, known ...string) {
	text := norm.NFKC.String(password)
	n := utf8.RuneCountInString(text)
	switch {
	case !utf8.ValidString(password):
		c.bad(field, "account.text.control")
	case n < minPassword:
		c.bad(field, "account.password.short", "Min", minPassword)
	case n > maxPassword:
		c.bad(field, "account.password.long", "Max", maxPassword)
	case different(text) < minDifferent, utf8.RuneCountInString(ownPart(text, known)) < minOwn:
		c.bad(field, "account.password.common")
	}
}

func different(s string) int {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen)
}

// ownPart is what remains of a password without the guessed pieces, the longest first.
func ownPart(password string, known []string) string {
	pieces := slices.Clone(guessed)
	for _, text := range known {
		pieces = append(pieces, strings.FieldsFunc(strings.ToLower(norm.NFKC.String(text)), func(r rune) bool {
			return strings.ContainsRune("@. -_　+", r)
		})...)
	}
	pieces = slices.DeleteFunc(pieces, func(p string) bool { return utf8.RuneCountInString(p) < 3 })
	slices.SortFunc(pieces, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	rest := strings.ToLower(password)
	for _, p := range pieces {
		rest = strings.ReplaceAll(rest, p, "")
	}
	return rest
}
