package identity

import (
	"context"
	"strings"
)

// policy is what a domain publishes under _dmarc (RFC 9989 4.7).
type policy struct {
	// domain is where it stands, org the organizational domain (RFC 9989 4.10).
	domain, org string
	// strictSPF asks for equal names (aspf=s).
	strictSPF bool
	// p is "" when it is not stated, which counts as none.
	p string
	// pct says that the tag stands that RFC 9989 has removed.
	pct bool
	// twice says that more than one record stands at the domain itself: none counts.
	twice bool
}

// maxWalk bounds the tree walk (RFC 9989 4.10).
const maxWalk = 8

// discover walks the tree up from a domain and finds its policy; the zero value is none.
func discover(ctx context.Context, d DNS, domain string) (policy, error) {
	var found policy
	labels := strings.Split(domain, ".")
	for i := 0; len(labels) > 0 && i < maxWalk; i++ {
		at := strings.Join(labels, ".")
		texts, err := d.Texts(ctx, "_dmarc."+at)
		if err != nil && found.domain == "" {
			return policy{}, errSilent
		}
		if err != nil {
			break // who stands above decides only how far names are aligned: no further than what was found
		}
		tags, n := oneRecord(texts)
		if n > 1 && at == domain {
			found.twice = true
		}
		if n == 1 {
			if found.domain == "" {
				found.domain, found.p = at, tags["p"]
				found.strictSPF = strings.EqualFold(tags["aspf"], "s")
				_, found.pct = tags["pct"]
			}
			switch strings.ToLower(tags["psd"]) {
			case "y": // a registry's: the organization is one label below
				if found.org == "" {
					found.org = below(domain, at)
				}
				return found, nil
			case "n":
				found.org = at
				return found, nil
			}
			found.org = at
		}
		labels = labels[1:]
		if len(labels) > maxWalk-1 { // long names jump (RFC 9989 4.10, step 4)
			labels = labels[len(labels)-(maxWalk-1):]
		}
	}
	if found.org == "" {
		found.org = domain
	}
	return found, nil
}

// below is the part of a name that is one label longer than its end.
func below(name, end string) string {
	if name == end {
		return name
	}
	rest := strings.TrimSuffix(name, "."+end)
	return rest[strings.LastIndexByte(rest, '.')+1:] + "." + end
}

// oneRecord reads the DMARC record among texts and counts them.
func oneRecord(texts []string) (tags map[string]string, n int) {
	for _, t := range texts {
		head, rest, _ := strings.Cut(t, ";")
		name, value, _ := strings.Cut(head, "=")
		if strings.TrimSpace(name) != "v" || strings.TrimSpace(value) != "DMARC1" {
			continue
		}
		n++
		tags = map[string]string{}
		for tag := range strings.SplitSeq(rest, ";") {
			name, value, _ := strings.Cut(tag, "=")
			if name = strings.ToLower(strings.TrimSpace(name)); name != "" {
				tags[name] = strings.TrimSpace(value)
			}
		}
	}
	return tags, n
}
