package provision

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"github.com/kyodaku/kyodaku/internal/account"
	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/throttle"
)

// Notice is what the public may read of a programme.
type Notice struct {
	Programme Programme
	Sender    account.Workspace
	// Now is the version that the page shows: the one that serves, or, before any does,
	// the latest that was put up.
	Now Version
	// Earlier are the versions that stood here before it, the latest first.
	Earlier []Version
	// Coming is a version that was put up and does not serve yet; nil if there is none.
	Coming *Version
}

// Notice reads the public notice of a programme by its public id. A programme of which
// nothing was put up is fault.NotFound: nobody learns of drafts.
func (b *Book) Notice(ctx context.Context, public string, now time.Time) (Notice, error) {
	id, err := store.ParsePublic(Prefix, public)
	if err != nil {
		return Notice{}, failed("notice", err)
	}
	var workspace int64
	if err := b.db.QueryRow(ctx, sqlWorkspaceOf, id).Scan(&workspace); err != nil {
		return Notice{}, failed("notice", err)
	}
	p, err := b.ByID(ctx, b.db, workspace, id)
	if err != nil {
		return Notice{}, err
	}
	n, ok := noticeOf(p, now)
	if !ok {
		return Notice{}, failed("notice", fault.New(fault.NotFound, "fault.not_found"))
	}
	n.Sender, err = b.accounts.WorkspaceByID(ctx, b.db, workspace)
	return n, failed("notice", err)
}

func noticeOf(p Programme, now time.Time) (Notice, bool) {
	n := Notice{Programme: p}
	in := p.InForce()
	if in != nil && !p.announces(in.Items) {
		return n, false
	}
	var up []*Version
	for i := range p.Versions {
		v := &p.Versions[i]
		if !p.announces(v.Items) {
			continue
		}
		if v.did(Noticed) != nil || in != nil && v.Number == in.Number {
			up = append(up, v)
		}
	}
	if len(up) == 0 {
		return n, false
	}
	shown := up[len(up)-1]
	if v := p.Serving(now); v != nil {
		shown = v
	}
	n.Now = *shown
	for _, v := range slices.Backward(up) {
		switch {
		case v.Number < shown.Number:
			n.Earlier = append(n.Earlier, *v)
		case v.Number > shown.Number && n.Coming == nil:
			n.Coming = v
		}
	}
	return n, true
}

// On is when a step of the version was taken, zero when it was not.
func (v Version) On(k StepKind) time.Time {
	if s := v.did(k); s != nil {
		return s.On
	}
	return time.Time{}
}

// How often one network may ask for stops: enough for an office, not for filling the
// table with inventions.
const (
	askEvery = 20 * time.Second
	askBurst = 10
)

// Asked is a stop that somebody asks for on the public page, for one mail address.
type Asked struct {
	// Address is as it was typed. Whether we know it is not told.
	Address string
	Network netip.Addr
	// Everything asks every programme of the provider to stop, not only this one.
	Everything bool
}

// Ask stores a stop that was asked for without signing in. It counts at once. Nobody is
// asked to prove that the address is theirs: a stop harms no one, and a delay might.
func (b *Book) Ask(ctx context.Context, of Programme, a Asked, now time.Time) error {
	mail, err := addr.ParseMail(a.Address)
	if err != nil {
		return failed("ask", fault.Bad("address", "provision.stop.address"))
	}
	if !b.networks.Allow(throttle.Network(a.Network), 1, now) {
		return failed("ask", fault.New(fault.Busy, "provision.stop.busy"))
	}
	s := Stop{
		Workspace: of.Workspace, Hash: b.people.Hash(of.Workspace, mail), Programme: of.ID, Method: "page", Received: now,
	}
	if a.Everything {
		s.Programme = 0
	}
	return failed("ask", b.db.Write(ctx, func(tx *store.Tx) error { return b.Stop(ctx, tx, s, now) }))
}
