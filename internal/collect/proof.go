package collect

import (
	"crypto/sha256"
	"math/bits"
	"strings"
)

// ProofBits is how many leading zero bits the hash of a proof of work has: some
// four thousand tries, a moment in a browser and a price for a thousand entries.
const ProofBits = 12

// maxProof bounds a proof's length in bytes.
const maxProof = 40

// proven says whether proof solves the challenge: SHA-256 of "challenge:proof"
// begins with ProofBits zero bits. The challenge is the page's own token, so a
// proof is good for that page alone.
func proven(challenge, proof string) bool {
	if challenge == "" || proof == "" || len(proof) > maxProof || strings.ContainsFunc(proof, func(r rune) bool { return r < '0' || r > '9' }) {
		return false
	}
	sum := sha256.Sum256([]byte(challenge + ":" + proof))
	zeros := 0
	for _, b := range sum {
		zeros += bits.LeadingZeros8(b)
		if b != 0 {
			break
		}
	}
	return zeros >= ProofBits
}
