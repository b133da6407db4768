package notice

import (
	"context"
	"strings"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/job"
	"github.com/kyodaku/kyodaku/internal/store"
)

// JobReset is the kind of job that sends a link for a new password, if anybody has
// the address.
const JobReset = "notice.reset"

// Asked is a request for a new password by somebody who may be anybody.
type Asked struct {
	// Email is as typed.
	Email   string
	Network string
}

// resetJob is the payload of JobReset: who asked, sealed, for it names a person.
type resetJob struct {
	Asked []byte `json:"asked"`
}

// The uses that what lies here is sealed for.
const (
	useAsked  = "notice asked"
	useSecret = "notice link"
)

// maxEmail bounds what is worth looking for: no address is longer (RFC 5321 4.5.3.1).
const maxEmail = 320

// AskReset has a link for a new password mailed to an address, if an operator has
// it. Everybody gets the same answer after the same work; the looking up is left to a
// job. Too many requests from one network are fault.Busy.
func (d *Desk) AskReset(ctx context.Context, a Asked, now time.Time) error {
	if err := d.Accounts.AllowReset(a.Network, now); err != nil {
		return err
	}
	if len(a.Email) > maxEmail {
		a.Email = ""
	}
	sealed := d.Ring.Seal(useAsked, []byte(a.Network+"\n"+a.Email))
	return failed("ask reset", d.DB.Write(ctx, func(tx *store.Tx) error {
		_, err := d.Jobs.Enqueue(ctx, tx, job.New{Kind: JobReset, Payload: resetJob{sealed}, RunAt: now})
		return err
	}))
}

// SendReset does a JobReset. Addresses that nobody has, and those that were asked for
// too often, end without a trace.
func (d *Desk) SendReset(ctx context.Context, run *job.Run) error {
	a, err := d.asked(run)
	if err != nil {
		return failed("send reset", err)
	}
	now := run.Now()
	secret, o, err := d.Accounts.RequestReset(ctx, a.Email, a.Network, now)
	if fault.Is(err, fault.Busy) || err == nil && secret == "" {
		return nil
	}
	if err != nil {
		return failed("send reset", err)
	}
	link, err := d.Accounts.PeekLink(ctx, secret, now)
	if err != nil {
		return failed("send reset", err)
	}
	_, err = d.mail(ctx, letterTo{operator: o, workspace: link.Workspace, purpose: account.LinkReset, secret: secret}, now)
	return failed("send reset", err)
}

func (d *Desk) asked(run *job.Run) (Asked, error) {
	var p resetJob
	if err := run.DecodePayload(&p); err != nil {
		return Asked{}, err
	}
	text, err := d.Ring.Open(useAsked, p.Asked)
	if err != nil {
		return Asked{}, err
	}
	network, email, _ := strings.Cut(string(text), "\n")
	return Asked{Email: email, Network: network}, nil
}
