package provision

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
)

// Notices lists the notices of a workspace that anybody may read, by the last part of its
// sender page's path; fault.NotFound for a workspace that does not exist.
func (b *Book) Notices(ctx context.Context, slug string, now time.Time) (account.Workspace, []Notice, error) {
	ws, err := b.accounts.WorkspaceBySlug(ctx, b.db, slug)
	if err != nil {
		return ws, nil, failed("notices", err)
	}
	all, err := b.List(ctx, b.db, ws.ID)
	if err != nil {
		return ws, nil, err
	}
	var out []Notice
	for _, p := range all {
		if n, ok := noticeOf(p, now); ok {
			n.Sender = ws
			out = append(out, n)
		}
	}
	return ws, out, nil
}

// Research says whether the notice is that of a study.
func (n Notice) Research() bool {
	return n.Programme.Class == LegalDuty && n.Now.Items.Terms.Exception.Research()
}
