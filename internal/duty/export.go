package duty

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Taking is somebody who takes personal data out.
type Taking struct {
	By account.By
	// Act is what their role must allow; Scoped says that an API key's scope, which was
	// looked at before, stands for the role.
	Act    account.Act
	Scoped bool
	// Entry is its line in the audit log, with the reason.
	Entry account.Entry
}

// Export writes the line about personal data that leave into the audit log and asks the law
// whether they may (rule SEC-01): with a role, a reason and that line. A no is fault.Invalid
// with the field "reason" where it was missing, else fault.Refused; nothing is written then.
// Call it in the transaction that lets the data go.
func Export(ctx context.Context, tx *store.Tx, accounts *account.Book, rules *law.Set, t Taking, now time.Time) error {
	may := accounts.Require(ctx, tx, t.By, t.Entry.Workspace, t.Act)
	if may != nil && !fault.Is(may, fault.Refused) {
		return failed("export", may)
	}
	e := t.Entry
	e.Actor, e.Network = t.By.Actor, t.By.Network
	if err := accounts.Audit(ctx, tx, e, now); err != nil {
		return failed("export", err)
	}
	f := law.RetentionFacts{
		Now: now, Reach: law.JP, Act: "export", HashKept: true,
		Export: law.ExportFacts{Role: may == nil || t.Scoped, Reason: e.Reason, Logged: true},
	}
	no := rules.Retention(&f).Block()
	switch {
	case no == nil:
		return nil
	case e.Reason == "":
		return fault.Bad("reason", "law.finding", no.Args()...)
	}
	return fault.New(fault.Refused, "law.finding", no.Args()...)
}
