package keyring

import (
	"crypto/hmac"
	"encoding/base32"
	"encoding/binary"
	"strings"
)

// returnTag is the length of the tag in a return mark, in bytes: 80 bits, which can
// only be tried against this server.
const returnTag = 10

// returnAlphabet keeps to letters and digits whose case does not matter: there are
// mail servers that change the case of a return path.
var returnAlphabet = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// returnPurpose is the first byte of what a return mark's tag is made of; no token
// begins with it.
const returnPurpose = 0xb0

// SignReturn is the mark that names a message in its return path (VERP): only who has
// got the message knows it, so that what comes back to it can be believed.
func (r *Ring) SignReturn(message int64) string {
	b := binary.AppendUvarint(nil, uint64(message)) //nolint:gosec // ids are positive
	return returnAlphabet.EncodeToString(append(b, r.tagReturn(b)...))
}

// VerifyReturn reads a mark of SignReturn, whatever the case of its letters; false for
// everything else.
func (r *Ring) VerifyReturn(mark string) (message int64, ok bool) {
	b, err := returnAlphabet.DecodeString(strings.ToLower(mark))
	if err != nil || len(b) <= returnTag {
		return 0, false
	}
	body := b[:len(b)-returnTag]
	id, n := binary.Uvarint(body)
	if n != len(body) || id == 0 || id > 1<<62 || !hmac.Equal(r.tagReturn(body), b[len(body):]) {
		return 0, false
	}
	return int64(id), r.SignReturn(int64(id)) == strings.ToLower(mark)
}

func (r *Ring) tagReturn(body []byte) []byte {
	return r.tag(append([]byte{returnPurpose}, body...))[:returnTag]
}
