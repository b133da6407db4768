package tlspolicy

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Mode is what a policy asks for (RFC 8461 5).
type Mode string

// The modes.
const (
	Enforce Mode = "enforce"
	Testing Mode = "testing"
	None    Mode = "none"
)

// Policy is an MTA-STS policy (RFC 8461 3.2).
type Policy struct {
	Mode Mode
	// MX are host names, or "*." and a domain for all names one label below it.
	MX []string
	// MaxAge is how long the policy binds after it was fetched.
	MaxAge time.Duration
	// Lines are the policy as it was published, for reports.
	Lines []string
}

// mostAge is the longest that a policy may bind (RFC 8461 3.2).
const mostAge = 31557600

// errPolicy is a text that is no policy.
var errPolicy = errors.New("not an MTA-STS policy")

// ParsePolicy reads a policy.
func ParsePolicy(body string) (Policy, error) {
	var p Policy
	fields := map[string]string{}
	for line := range strings.SplitSeq(body, "\n") {
		line = strings.TrimRight(line, "\r \t")
		if line == "" {
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return Policy{}, errPolicy
		}
		p.Lines = append(p.Lines, line)
		value = strings.Trim(value, " \t")
		if name == "mx" {
			p.MX = append(p.MX, strings.TrimSuffix(strings.ToLower(value), "."))
		} else if _, known := fields[name]; !known { // the first counts
			fields[name] = value
		}
	}
	age, err := strconv.ParseUint(fields["max_age"], 10, 64)
	if err != nil || age > mostAge || fields["version"] != "STSv1" {
		return Policy{}, errPolicy
	}
	p.MaxAge = time.Duration(age) * time.Second
	switch p.Mode = Mode(fields["mode"]); p.Mode {
	case Enforce, Testing:
		if len(p.MX) == 0 || slices.Contains(p.MX, "") {
			return Policy{}, errPolicy
		}
	case None:
	default:
		return Policy{}, errPolicy
	}
	return p, nil
}

// Allows says whether a host may take mail under the policy (RFC 8461 4.1).
func (p Policy) Allows(host string) bool {
	_, parent, _ := strings.Cut(host, ".")
	for _, pattern := range p.MX {
		if below, wild := strings.CutPrefix(pattern, "*."); pattern == host || wild && below == parent {
			return true
		}
	}
	return false
}

// policyID finds the id in the TXT records of _mta-sts (RFC 8461 3.1): exactly one
// of them must be of this kind.
func policyID(texts []string) (string, bool) {
	var ids []string
	for _, text := range texts {
		rest, ok := strings.CutPrefix(text, "v=STSv1")
		if rest = strings.TrimLeft(rest, " \t"); !ok || !strings.HasPrefix(rest, ";") {
			continue
		}
		id := ""
		for field := range strings.SplitSeq(rest, ";") {
			if value, ok := strings.CutPrefix(strings.TrimSpace(field), "id="); ok && id == "" {
				id = value
			}
		}
		ids = append(ids, id)
	}
	if len(ids) != 1 || ids[0] == "" || len(ids[0]) > 32 || strings.ContainsFunc(ids[0], notAlphanumeric) {
		return "", false
	}
	return ids[0], true
}

func notAlphanumeric(r rune) bool {
	return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
}
