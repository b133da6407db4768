package provision

import (
	"encoding/json"
	"net/url"

	"golang.org/x/crypto/ssh"

	"github.com/kyodaku/kyodaku/internal/fault"
)

// Secrets are what the way to a recipient needs. They lie sealed and are never read
// back.
type Secrets struct {
	Password   string `json:"password,omitempty"`
	PrivateKey string `json:"private_key,omitempty"`
	// Token goes as a bearer token with an HTTPS hand-over.
	Token string `json:"token,omitempty"`
	// HookKey signs what a StopHook is told.
	HookKey string `json:"hook_key,omitempty"`
}

// useSecrets is what the secrets of recipients are sealed for.
const useSecrets = "provision recipient"

func (s *Runs) seal(x Secrets) ([]byte, error) {
	text, err := json.Marshal(x)
	if err != nil {
		return nil, err
	}
	return s.Ring.Seal(useSecrets, text), nil
}

func (s *Runs) unseal(sealed []byte) (x Secrets, err error) {
	text, err := s.Ring.Open(useSecrets, sealed)
	if err != nil {
		return x, err
	}
	return x, json.Unmarshal(text, &x)
}

// over takes what is new and keeps the rest, but only for where it was given: what one server was
// trusted with is not told to another.
func (x Secrets) over(old Secrets, from, to RecipientTerms) Secrets {
	login := from.Target.Kind == to.Target.Kind && from.Target.Host == to.Target.Host && from.Target.User == to.Target.User
	for _, f := range []struct {
		new, old *string
		same     bool
	}{
		{&x.Password, &old.Password, login},
		{&x.PrivateKey, &old.PrivateKey, login},
		{&x.Token, &old.Token, hostOf(from.Target.URL) == hostOf(to.Target.URL)},
		{&x.HookKey, &old.HookKey, hostOf(from.StopHook) == hostOf(to.StopHook)},
	} {
		if *f.new == "" && f.same {
			*f.new = *f.old
		}
	}
	return x
}

// hostOf is the server of a URL, with its port.
func hostOf(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return u.Host
}

// signs refuses a hook whose messages nobody could tell from a stranger's.
func (x Secrets) signs(t *RecipientTerms) error {
	if t.StopHook != "" && x.HookKey == "" {
		return fault.Bad("hook_key", "provision.recipient.hook_key")
	}
	return nil
}

func (x Secrets) names() []string {
	out := []string{}
	for _, f := range []struct{ name, value string }{
		{"password", x.Password}, {"private_key", x.PrivateKey}, {"token", x.Token}, {"hook_key", x.HookKey},
	} {
		if f.value != "" {
			out = append(out, f.name)
		}
	}
	return out
}

func (x Secrets) check() error {
	if x.PrivateKey == "" {
		return nil
	}
	if _, err := ssh.ParsePrivateKey([]byte(x.PrivateKey)); err != nil {
		return fault.Bad("private_key", "provision.target.private_key")
	}
	return nil
}
