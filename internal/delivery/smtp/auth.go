package smtp

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"
)

// codeChallenge asks for the next part of AUTH.
const codeChallenge = 334

// authenticate signs in if the target has an account. The password leaves only
// under TLS, or to this machine.
func (s *Session) authenticate(ctx context.Context) error {
	a := s.target.Auth
	if a == nil {
		return nil
	}
	if !s.tls.Active && !s.loopback() {
		return authErr(errClearAuth)
	}
	var answers []string
	switch {
	case slices.Contains(s.ext.Auth, "PLAIN") && !strings.ContainsRune(a.Username+a.Password, 0):
		answers = []string{"AUTH PLAIN " + encode("\x00"+a.Username+"\x00"+a.Password)}
	case slices.Contains(s.ext.Auth, "LOGIN"):
		answers = []string{"AUTH LOGIN", encode(a.Username), encode(a.Password)}
	default:
		return authErr(errNoMechanism)
	}
	for i, words := range answers {
		reply, err := s.ask(ctx, s.target.Timeouts.Hello, words)
		if err != nil {
			return failure(ctx, StageAuth, err)
		}
		if last := i == len(answers)-1; last && !reply.positive() || !last && reply.Code != codeChallenge {
			return refusal(StageAuth, reply)
		}
	}
	return nil
}

func encode(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
