package notice

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/i18n"
)

// stopped is the purpose of a mail to a company that has the data of somebody who asked
// for their provision to stop.
const stopped account.LinkPurpose = "stopped"

// Stopped is what a company is told of such a person.
type Stopped struct {
	Workspace int64
	// To is the company's mail address, Company its name.
	To      addr.Mail
	Company string
	Lang    i18n.Lang
	// Title says who it is and by which provision the company has the data.
	Title string
	// Path is the public page of the programme, empty where it has none.
	Path string
}

// TellStopped mails a company that got personal data that a person's are no longer to be
// provided. While no mail can leave it is fault.Busy.
func (d *Desk) TellStopped(ctx context.Context, s Stopped, now time.Time) error {
	sent, err := d.mail(ctx, letterTo{
		operator: account.Operator{Name: s.Company, Email: s.To, Lang: s.Lang}, workspace: s.Workspace, purpose: stopped, title: s.Title, path: s.Path,
	}, now)
	if err == nil && !sent {
		err = fault.New(fault.Busy, "notice.stopped.withheld")
	}
	return failed("tell stopped", err)
}
