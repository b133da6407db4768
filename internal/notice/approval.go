package notice

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
)

// approval is the purpose of a mail about something that waits for its reader's yes.
const approval account.LinkPurpose = "approval"

// Wanted is something that waits for the approval of somebody else than who wrote it.
type Wanted struct {
	Workspace int64
	// By is the operator who asks, and is not written to; Act is what approving takes.
	By  int64
	Act account.Act
	// Title is its name, Path where it is looked at, beginning with a slash.
	Title, Path string
}

// AskApproval mails everybody who may approve (Wanted.Act) that something
// waits for them. It returns to how many a mail leaves; the others find it at home.
func (d *Desk) AskApproval(ctx context.Context, w Wanted, now time.Time) (sent int, err error) {
	members, err := d.Accounts.Operators(ctx, w.Workspace)
	if err != nil {
		return 0, failed("ask approval", err)
	}
	for _, m := range members {
		if m.Operator.ID == w.By || m.Operator.Disabled() || !account.Can(m.Membership.Role, w.Act) {
			continue
		}
		left, err := d.mail(ctx, letterTo{operator: m.Operator, workspace: w.Workspace, purpose: approval, title: w.Title, path: w.Path}, now)
		if err != nil {
			return sent, failed("ask approval", err)
		}
		if left {
			sent++
		}
	}
	return sent, nil
}
