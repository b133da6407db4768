package provision

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// stands asks whether what a run was planned and judged by still holds: the programme goes on
// by the run's version, or by one that differs only in item 1, and the recipient is one that data
// are given to and still who it was. Whatever else has changed was seen by nobody who approved.
func (s *Runs) stands(ctx context.Context, r store.Reader, run Run, now time.Time) error {
	p, err := s.Book.ByID(ctx, r, run.Workspace, run.Plan.Programme)
	if err != nil {
		return err
	}
	v := p.providing(now)
	if v == nil {
		return fault.New(fault.Refused, "provision.run.no_version")
	}
	for _, field := range run.Fields {
		if !v.Items.has(field) {
			return fault.New(fault.Refused, "provision.run.not_notified", "Field", field)
		}
	}
	if v.Number != run.Version && !onlyAfter(p.Versions[run.Version-1].Items, v.Items) {
		return fault.New(fault.Refused, "provision.run.version_changed", "Planned", run.Version, "Now", v.Number)
	}
	to, err := s.Recipient(ctx, r, run.Workspace, run.Recipient)
	if err != nil {
		return err
	}
	if !to.ArchivedAt.IsZero() {
		return fault.New(fault.Refused, "provision.run.archived")
	}
	if to.standing() != run.To.standing() {
		return fault.New(fault.Refused, "provision.run.recipient_changed", "Planned", run.RecipientVersion, "Now", to.Version)
	}
	return nil
}

// standing is of a recipient what records hold, what a run is judged by and where its data go.
type standing struct {
	name, address, representative, country, system, device string
	person, identified                                     bool
	target                                                 Target
}

func (t RecipientTerms) standing() standing {
	return standing{
		name: t.Name, address: t.Address, representative: t.Representative, country: t.Country, system: t.System, device: t.Device,
		person: t.Person, identified: !blank(t.Identity) && !blank(t.Purpose), target: t.Target,
	}
}
