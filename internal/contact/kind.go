package contact

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/contact/kana"
)

// Traits are what of a person and an address may make a difference to the gate.
type Traits struct {
	Channel addr.Channel
	// Domain is the mail domain in A-labels, Phone the person's telephone number (the
	// first in canonical form, "" for none).
	Domain, Phone string
	// Erased: the address was erased. Live: it belongs to a contact that is Live.
	Erased, Live bool
	Country      string
	// Lang is the language the person reads, Name the names that the gate looks at, one
	// behind the other: family name in kana, family name, display name.
	Lang, Name string
	// Postal: a prefecture is on file. Company: a company is.
	Postal, Company bool
}

// Outside is the kind of those who are in no audience of mail: another channel, or
// nobody's address.
const Outside int64 = 1

// Kind is a number for all whom the gate cannot tell apart as persons. It is never 0,
// which stands for people who are not sorted yet. It keeps raw facts apart and decides
// nothing, so that it outlives a change of law; a change of what it keeps apart needs a
// migration that sets consent_state.person_kind to 0.
func (t Traits) Kind() int64 {
	if !t.Live || t.Channel != addr.Email {
		return Outside
	}
	var buf [128]byte
	text := t.place(buf[:0])
	text = append(text, '|')
	text = append(text, addr.Carrier(t.Domain)...)
	for _, yes := range [...]bool{t.Erased, t.Company, t.Company && addr.Freemail(t.Domain), t.Name != ""} {
		if yes {
			text = append(text, '1')
		} else {
			text = append(text, '0')
		}
	}
	return KindNumber(text)
}

// place is all that may tell a person's country, as law.Nexus reads it: hints that
// contradict each other count together.
func (t Traits) place(into []byte) []byte {
	into = append(into, strings.ToUpper(t.Country)...)
	if t.Postal {
		into = append(into, "+JP"...)
	}
	into = append(append(into, '-'), t.Lang...)
	if t.Lang == "" && kana.Spelled(t.Name) {
		into = append(into, '~')
	}
	into = append(append(into, '-'), t.Domain[strings.LastIndexByte(t.Domain, '.')+1:]...)
	into = append(into, '-')
	if strings.HasPrefix(t.Phone, japanPrefix) {
		return append(into, japanPrefix...)
	}
	return append(into, t.Phone[:min(len(t.Phone), longestPrefix)]...)
}

// longestPrefix is how much of a telephone number tells a country: "+353". That of Japan,
// of most people, is shorter, and so are their kinds fewer.
const (
	longestPrefix = 5
	japanPrefix   = "+81"
)

// KindNumber is a number of 47 bits that stands for a text of facts: six octets in a table,
// and two texts among thousands of kinds do not meet. It is above all small numbers.
func KindNumber(text []byte) int64 {
	const top = 1 << 46
	sum := sha256.Sum256(text)
	return int64(binary.BigEndian.Uint64(sum[:8])>>18 | top)
}
