package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"github.com/kyodaku/kyodaku/internal/fault"
)

// The cost of one hash: OWASP's second choice for argon2id (19 MiB, two passes,
// one lane), some 20 ms here.
const (
	hashMemory  = 19 * 1024 // KiB
	hashTime    = 2
	hashThreads = 1
	hashSalt    = 16
	hashKey     = 32

	// maxQueue is how many may wait for a hash; the next is told to come back.
	maxQueue = 64
)

// hasher makes and checks password hashes, a few at a time: a flood of sign-ins
// waits in line and does not eat the memory.
type hasher struct {
	slots chan struct{}
	queue chan struct{}
	// nobody is checked against where there is no account, for the same cost.
	nobody phc
}

func newHasher() *hasher {
	h := &hasher{
		slots: make(chan struct{}, min(4, max(1, runtime.GOMAXPROCS(0)))), queue: make(chan struct{}, maxQueue),
		nobody: phc{memory: hashMemory, time: hashTime, threads: hashThreads, salt: make([]byte, hashSalt), key: make([]byte, hashKey)},
	}
	_, _ = rand.Read(h.nobody.salt) // never fails, by its documentation
	_, _ = rand.Read(h.nobody.key)
	return h
}

// run waits for its turn; fault.Busy when too many wait already.
func (h *hasher) run(ctx context.Context, work func()) error {
	select {
	case h.queue <- struct{}{}:
	default:
		return fault.New(fault.Busy, "fault.busy")
	}
	defer func() { <-h.queue }()
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-h.slots }()
	work()
	return nil
}

// hash makes the PHC string of a new password.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	p := phc{memory: hashMemory, time: hashTime, threads: hashThreads, salt: make([]byte, hashSalt)}
	_, _ = rand.Read(p.salt) // never fails, by its documentation
	err := h.run(ctx, func() { p.key = p.derive(password, hashKey) })
	return p.String(), err
}

// verify says whether a password is the hashed one. An empty hash costs the same
// as any other and fits no password.
func (h *hasher) verify(ctx context.Context, hash, password string) (bool, error) {
	p := h.nobody
	if hash != "" {
		var err error
		if p, err = parsePHC(hash); err != nil {
			return false, err
		}
	}
	var key []byte
	if err := h.run(ctx, func() { key = p.derive(password, len(p.key)) }); err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(key, p.key) == 1 && hash != "", nil
}

// phc is a hash in the PHC string format: $argon2id$v=19$m=19456,t=2,p=1$salt$key.
type phc struct {
	memory, time uint32
	threads      uint8
	salt, key    []byte
}

// derive hashes the password in NFKC, so that full-width and composed letters give the
// same whatever keyboard they come from (NIST SP 800-63B, 3.1.1.2).
func (p phc) derive(password string, length int) []byte {
	return argon2.IDKey([]byte(norm.NFKC.String(password)), p.salt, p.time, p.memory, p.threads, uint32(length))
}

// String writes the PHC string.
func (p phc) String() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.memory, p.time, p.threads, b64.EncodeToString(p.salt), b64.EncodeToString(p.key))
}

var errHash = errors.New("a stored password hash is malformed")

// parsePHC reads a stored hash. Costs beyond reason are refused: the row may come
// from a restored or imported database.
func parsePHC(s string) (phc, error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return phc{}, errHash
	}
	var p phc
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.memory, &p.time, &p.threads); n != 3 || err != nil {
		return phc{}, errHash
	}
	var saltErr, keyErr error
	p.salt, saltErr = base64.RawStdEncoding.Strict().DecodeString(parts[4])
	p.key, keyErr = base64.RawStdEncoding.Strict().DecodeString(parts[5])
	sane := p.memory >= 8 && p.memory <= 1<<18 && p.time >= 1 && p.time <= 10 && p.threads >= 1 && p.threads <= 16 &&
		len(p.salt) >= 8 && len(p.salt) <= 64 && len(p.key) >= 16 && len(p.key) <= 64
	if saltErr != nil || keyErr != nil || !sane {
		return phc{}, errHash
	}
	return p, nil
}
