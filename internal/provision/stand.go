package provision

import (
	"context"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

// stands asks whether what a run was planned by still holds: the programme goes on, its
// version in force still names every item that the run holds, and the recipient is one that
// data are given to.
func (s *Runs) stands(ctx context.Context, r store.Reader, run Run) error {
	p, err := s.Book.ByID(ctx, r, run.Workspace, run.Plan.Programme)
	if err != nil {
		return err
	}
	v := p.providing()
	if v == nil {
		return fault.New(fault.Refused, "provision.run.no_version")
	}
	for _, field := range run.Fields {
		if !v.Items.has(field) {
			return fault.New(fault.Refused, "provision.run.not_notified", "Field", field)
		}
	}
	to, err := s.Recipient(ctx, r, run.Workspace, run.Recipient)
	if err != nil {
		return err
	}
	if !to.ArchivedAt.IsZero() {
		return fault.New(fault.Refused, "provision.run.archived")
	}
	return nil
}
