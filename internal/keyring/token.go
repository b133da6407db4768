package keyring

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
)

// Purpose is what a link token may be used for, and for nothing else.
type Purpose byte

// The purposes. Their numbers are part of links in old mails and never change.
const (
	// Confirm is the button of a double opt-in mail; ID is the signup.
	Confirm Purpose = 1
	// Unsubscribe is the way out of a message (RFC 8058 one-click and page).
	Unsubscribe Purpose = 2
	// Preferences opens the preference centre of an address.
	Preferences Purpose = 3
	// Why answers "why did I get this?".
	Why Purpose = 4
	// FormRender proves when and as which version a form was shown; ID is the form version.
	FormRender Purpose = 5
	// Download hands out the asset of a form; ID is the signup.
	Download Purpose = 6
	// Work is a proof-of-work challenge; ID is the form.
	Work Purpose = 7
	// Resend asks for a form's mail once more; ID is the signup. It is on the page
	// of whoever typed the address, so it confirms nothing.
	Resend Purpose = 8
	// Undo takes a withdrawal back or says why it was; ID is its event, Topic what
	// it was about, and IssuedAt when it was recorded.
	Undo Purpose = 9
)

// Token is what a link carries about a reader. Unused fields are 0.
type Token struct {
	Purpose   Purpose
	Workspace int64
	// Address is the address row the link was made for.
	Address int64
	// Topic limits an Unsubscribe to one topic.
	Topic int64
	// ID is the message (outbox row) or what the purpose says.
	ID int64
	// IssuedAt is to the second; it makes links of one kind differ.
	IssuedAt time.Time
}

// macSize is the length of the tag in bytes: 128 bits, as RFC 2104 section 5 allows.
const macSize = 16

var encoding = base64.RawURLEncoding.Strict()

// Sign writes a token as URL-safe text.
func (r *Ring) Sign(t Token) string {
	b := make([]byte, 0, 48)
	b = append(b, byte(t.Purpose))
	for _, v := range [...]int64{t.Workspace, t.Address, t.Topic, t.ID, t.IssuedAt.Unix()} {
		b = binary.AppendVarint(b, v)
	}
	return encoding.EncodeToString(append(b, r.tag(b)...))
}

func (r *Ring) tag(b []byte) []byte {
	h := hmac.New(sha256.New, r.tokens)
	h.Write(b)
	return h.Sum(nil)[:macSize]
}

// Verify reads a token made for a purpose. maxAge 0 means that it does not
// expire. What is wrong with a bad token is not told: fault.Invalid with the key
// keyring.token, or keyring.expired for a genuine one that is too old.
func (r *Ring) Verify(text string, purpose Purpose, now time.Time, maxAge time.Duration) (Token, error) {
	bad := fault.New(fault.Invalid, "keyring.token")
	b, err := encoding.DecodeString(text)
	if err != nil || len(b) <= macSize || Purpose(b[0]) != purpose {
		return Token{}, bad
	}
	body := b[:len(b)-macSize]
	if !hmac.Equal(r.tag(body), b[len(b)-macSize:]) {
		return Token{}, bad
	}
	var v [5]int64
	rest := body[1:]
	for i := range v {
		x, n := binary.Varint(rest)
		if n <= 0 {
			return Token{}, bad
		}
		v[i], rest = x, rest[n:]
	}
	if len(rest) != 0 {
		return Token{}, bad
	}
	t := Token{Purpose: purpose, Workspace: v[0], Address: v[1], Topic: v[2], ID: v[3], IssuedAt: time.Unix(v[4], 0).UTC()}
	if maxAge > 0 && now.Sub(t.IssuedAt) > maxAge {
		return t, fault.New(fault.Invalid, "keyring.expired")
	}
	return t, nil
}
