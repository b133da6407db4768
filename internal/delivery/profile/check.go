package profile

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// The bounds of what a profile may ask for.
const (
	mostConnections = 1000
	mostMails       = 10_000
	mostPerSecond   = 10_000
	shortestIdle    = time.Second
	longestIdle     = 5 * time.Minute // RFC 5321 4.5.3.2.7: the server closes then
	longestWait     = 24 * time.Hour
)

var (
	idForm   = regexp.MustCompile(`^[a-z][a-z0-9_]{1,40}$`)
	nameForm = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]*[a-z]$`)
)

var (
	errID        = errors.New("must be lower-case letters, digits and _")
	errEmpty     = errors.New("missing")
	errName      = errors.New("not a lower-case domain name in A-labels")
	errNoMatch   = errors.New("neither domains nor mx given")
	errMatch     = errors.New("the profile for everyone matches nobody by name")
	errRange     = errors.New("must be least <= start <= most, least above 0")
	errMost      = errors.New("most is more than anybody may open")
	errRecipient = errors.New("more mails on a connection than it may name recipients")
	errBounds    = errors.New("out of bounds")
	errWord      = errors.New("none of the known words")
	errShare     = errors.New("must be 0 < alarm <= trip <= 1")
	errOrder     = errors.New("waits must not become shorter")
	errRuleID    = errors.New("must begin with the profile's id and a dot")
)

// check says what is wrong, with the key at which it is.
func (f file) check() (time.Time, error) {
	asOf, err := time.Parse(time.DateOnly, f.AsOf)
	if err != nil {
		return asOf, fmt.Errorf("as_of: %w", err)
	}
	for _, c := range []struct {
		key string
		err error
	}{
		{"id", failIf(!idForm.MatchString(f.ID), errID)},
		{"ja", failIf(f.Ja == "", errEmpty)},
		{"en", failIf(f.En == "", errEmpty)},
		{"sources", failIf(len(f.Sources) == 0 || slices.Contains(f.Sources, ""), errEmpty)},
		{"match", f.checkMatch()},
		{"connections", checkRange(f.Connections, mostConnections)},
		{"mails_per_connection", checkRange(f.MailsPerConnection, mostMails)},
		{"mails_per_second", checkRange(f.MailsPerSecond, mostPerSecond)},
		{"session", f.checkSession()},
		{"unknown_users", f.UnknownUsers.check()},
		{"retry", f.Retry.check()},
		{"rule", f.checkRules()},
	} {
		if c.err != nil {
			return asOf, fmt.Errorf("%s: %w", c.key, c.err)
		}
	}
	return asOf, nil
}

func failIf(wrong bool, err error) error {
	if wrong {
		return err
	}
	return nil
}

func (f file) checkMatch() error {
	if none := len(f.Match.Domains)+len(f.Match.MX) == 0; f.ID == Everyone || none {
		return errors.Join(failIf(f.ID == Everyone && !none, errMatch), failIf(f.ID != Everyone && none, errNoMatch))
	}
	for _, d := range f.Match.Domains {
		if !nameForm.MatchString(strings.TrimPrefix(d, ".")) {
			return fmt.Errorf("domains: %w: %q", errName, d)
		}
	}
	for _, m := range f.Match.MX {
		if !nameForm.MatchString(m) {
			return fmt.Errorf("mx: %w: %q", errName, m)
		}
	}
	return nil
}

func checkRange[N int | float64](r Range[N], most N) error {
	switch {
	case !(0 < r.Least && r.Least <= r.Start && r.Start <= r.Most): // also says no to NaN
		return errRange
	case r.Most > most:
		return errMost
	}
	return nil
}

func (f file) checkSession() error {
	s := f.Session
	switch {
	case s.MostRecipients < 0:
		return fmt.Errorf("most_recipients: %w", errBounds)
	case s.MostRecipients > 0 && f.MailsPerConnection.Most > s.MostRecipients:
		return fmt.Errorf("most_recipients: %w", errRecipient)
	case s.MaxSize != 0 && (s.MaxSize < 1<<10 || s.MaxSize > 1<<30):
		return fmt.Errorf("max_size: %w", errBounds)
	case s.IdleClose < shortestIdle || s.IdleClose > longestIdle:
		return fmt.Errorf("idle_close: %w", errBounds)
	case s.TLS != TLSOpportunistic && s.TLS != TLSEncrypted:
		return fmt.Errorf("tls: %w", errWord)
	case s.LegacyLocal != Quoted && s.LegacyLocal != AsIs:
		return fmt.Errorf("legacy_local: %w", errWord)
	}
	return nil
}

func (b Breaker) check() error {
	if !(0 < b.Alarm && b.Alarm <= b.Trip && b.Trip <= 1) {
		return errShare
	}
	return failIf(b.LeastSample < 1, fmt.Errorf("least_sample: %w", errBounds))
}

func (r retry) check() error {
	if r.Pause < time.Second || r.Pause > longestWait {
		return fmt.Errorf("pause: %w", errBounds)
	}
	before := time.Second
	for _, wait := range r.After {
		if wait < before {
			return fmt.Errorf("after: %w", errOrder)
		}
		before = wait
	}
	return failIf(before > longestWait, fmt.Errorf("after: %w", errBounds))
}

func (f file) checkRules() error {
	for _, r := range f.Rules {
		if !strings.HasPrefix(r.ID, f.ID+".") {
			return fmt.Errorf("%q: %w", r.ID, errRuleID)
		}
	}
	return nil
}
