package web

import (
	"crypto/subtle"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/keyring"
)

// setupCookie holds the key of the wizard while it is walked through.
const setupCookie = "kyodaku_setup"

// SetupLink is the path that opens the wizard with its key.
func SetupLink(key string) string { return setupPath + "?key=" + key }

// hasSetupKey compares in a time that tells nothing about the key.
func (s *Site) hasSetupKey(said string) bool {
	return subtle.ConstantTimeCompare(keyring.SecretHash(said), keyring.SecretHash(s.SetupKey)) == 1
}

// withSetupKey lets through who knows the key of the wizard, if it has one: whoever
// finishes the wizard owns the installation, and a port that others reach may be
// found by them first.
func (s *Site) withSetupKey(next func(c *Call) error) func(c *Call) error {
	return func(c *Call) error {
		if s.SetupKey == "" || s.hasSetupKey(c.Cookie(setupCookie)) {
			return next(c)
		}
		return fault.New(fault.Refused, "web.setup.key")
	}
}

// setupEnter moves the key from the address to a cookie, so that it stays out of
// the browser's history and of what is copied from there.
func (s *Site) setupEnter(c *Call) error {
	if said := c.R.URL.Query().Get("key"); said != "" && s.SetupKey != "" && s.hasSetupKey(said) {
		c.SetCookie(setupCookie, said, 0)
		return c.Redirect(setupPath)
	}
	return s.withSetupKey(setupShow)(c)
}
