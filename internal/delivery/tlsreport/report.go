package tlsreport

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Document is a report as it is sent (RFC 8460 4.4).
type Document struct {
	Organization string       `json:"organization-name"`
	Range        DateRange    `json:"date-range"`
	Contact      string       `json:"contact-info"`
	ID           string       `json:"report-id"`
	Policies     []PolicyPart `json:"policies"`
}

// DateRange is the time that a report is about.
type DateRange struct {
	Start time.Time `json:"start-datetime"`
	End   time.Time `json:"end-datetime"`
}

// PolicyPart is what happened under one policy.
type PolicyPart struct {
	Policy   PolicyText `json:"policy"`
	Summary  Summary    `json:"summary"`
	Failures []Failure  `json:"failure-details,omitempty"`
}

// PolicyText is a policy as we knew it.
type PolicyText struct {
	Type    string   `json:"policy-type"`
	Strings []string `json:"policy-string,omitempty"`
	Domain  string   `json:"policy-domain"`
	MXHosts []string `json:"mx-host,omitempty"`
}

// Summary counts sessions.
type Summary struct {
	Success int64 `json:"total-successful-session-count"`
	Failure int64 `json:"total-failure-session-count"`
}

// Failure is one kind of failed sessions.
type Failure struct {
	Result    string `json:"result-type"`
	Sending   string `json:"sending-mta-ip,omitempty"`
	MXHost    string `json:"receiving-mx-hostname,omitempty"`
	Receiving string `json:"receiving-ip,omitempty"`
	Sessions  int64  `json:"failed-session-count"`
	Reason    string `json:"failure-reason-code,omitempty"`
}

// Report makes the document of one day (days since 1970, UTC) and domain; it has no
// policies if nothing was counted.
func (b *Book) Report(ctx context.Context, day int64, domain string) (Document, error) {
	start := dayStart(day)
	d := Document{
		Organization: b.Organization, Contact: b.Contact,
		Range: DateRange{Start: start, End: start.Add(24*time.Hour - time.Second)},
		ID:    fmt.Sprintf("%s_%s@%s", start.Format("20060102"), domain, b.Submitter),
	}
	rows, err := b.DB.Query(ctx, sqlResults, day, domain)
	if err != nil {
		return Document{}, fmt.Errorf("delivery: TLS report: %w", err)
	}
	defer rows.Close()
	var last string
	for rows.Next() {
		var kind, policy string
		var f Failure
		if err := rows.Scan(&kind, &policy, &f.Result, &f.MXHost, &f.Sending, &f.Receiving, &f.Reason, &f.Sessions); err != nil {
			return Document{}, fmt.Errorf("delivery: TLS report: %w", err)
		}
		if key := kind + " " + policy; key != last {
			last = key
			lines, hosts, _ := strings.Cut(policy, separator)
			d.Policies = append(d.Policies, PolicyPart{Policy: PolicyText{Type: kind, Strings: list(lines), Domain: domain, MXHosts: list(hosts)}})
		}
		p := &d.Policies[len(d.Policies)-1]
		if f.Result == "" {
			p.Summary.Success += f.Sessions
			continue
		}
		p.Summary.Failure += f.Sessions
		p.Failures = append(p.Failures, f)
	}
	return d, rows.Err()
}

func list(joined string) []string {
	if joined == "" {
		return nil
	}
	return strings.Split(joined, "\n")
}

// pack makes the compressed form that travels.
func (d Document) pack() ([]byte, error) {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	err := json.NewEncoder(z).Encode(d)
	if closeErr := z.Close(); err == nil {
		err = closeErr
	}
	return out.Bytes(), err
}

// filename is the name of the file (RFC 8460 5.1).
func (b *Book) filename(d Document, domain string) string {
	return fmt.Sprintf("%s!%s!%d!%d.json.gz", b.Submitter, domain, d.Range.Start.Unix(), d.Range.End.Unix())
}
