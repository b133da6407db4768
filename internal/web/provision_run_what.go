package web

import (
	"cmp"
	"time"

	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/provision"
)

// runFact is something that whoever approves a run has to know: what it is called, and what it is.
type runFact struct{ Label, Value string }

// whom are the conditions by which a run picks its people; none picks everybody.
func (s *Site) whom(c *Call, of contact.Segment, fields fieldLabels) (out []runFact, err error) {
	add := func(label, value string) {
		if value != "" {
			out = append(out, runFact{label, value})
		}
	}
	add(fields.of("prefecture"), of.Prefecture)
	add(fields.of("company"), of.Company)
	if of.Attribute != "" {
		add(fields.of("attr:"+of.Attribute), cmp.Or(of.Equals, of.Contains, c.T("web.provision.whom_any")))
	}
	if of.Topic != 0 {
		topics, err := s.topicNames(c)
		if err != nil {
			return nil, err
		}
		add(c.T("web.provision.whom_topic"), topics[of.Topic])
	}
	add(c.T("web.provision.whom_grade"), of.Grade)
	if !of.CreatedSince.IsZero() {
		add(c.T("web.provision.whom_since"), of.CreatedSince.In(c.Zone).Format(time.DateOnly))
	}
	return out, nil
}

// where is how and where the data set goes.
func (c *Call) where(t provision.Target) []runFact {
	out := []runFact{{c.T("web.provision.r.target"), c.T("web.provision.target." + string(t.Kind))}}
	for _, f := range [...]struct{ key, value string }{{"host", t.Host}, {"user", t.User}, {"folder", t.Folder}, {"host_key", t.HostKey}, {"url", t.URL}} {
		if f.value != "" {
			out = append(out, runFact{c.T("web.provision.r." + f.key), f.value})
		}
	}
	return out
}

// sinceLast says what of the recipient differs from its last run that counts as provided, and
// whether there was one.
func (s *Site) sinceLast(c *Call, r provision.Run) (changed []string, first bool, err error) {
	before, err := s.ProvisionRuns.Runs(c.Context(), s.DB, provision.RunQuery{Workspace: c.Workspace.ID, Recipient: r.Plan.Recipient, Counted: true, Before: r.ID, Limit: 1})
	if err != nil || len(before) == 0 {
		return nil, err == nil, err
	}
	was := before[0].To
	for _, d := range [...]struct {
		key     string
		differs bool
	}{
		{"name", was.Name != r.To.Name},
		{"country", was.Country != r.To.Country},
		{"target", was.Target.Kind != r.To.Target.Kind},
		{"host", was.Target.Host != r.To.Target.Host},
		{"user", was.Target.User != r.To.Target.User},
		{"folder", was.Target.Folder != r.To.Target.Folder},
		{"host_key", was.Target.HostKey != r.To.Target.HostKey},
		{"url", was.Target.URL != r.To.Target.URL},
		{"purpose", was.Purpose != r.To.Purpose},
	} {
		if d.differs {
			changed = append(changed, c.T("web.provision.r."+d.key))
		}
	}
	if was.Address != r.To.Address {
		changed = append(changed, c.T("web.provision.f.provider_address"))
	}
	if was.Representative != r.To.Representative {
		changed = append(changed, c.T("web.provision.f.representative"))
	}
	return changed, false, nil
}
