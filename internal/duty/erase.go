package duty

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/gate"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Plan says what an erasure would do to a person's data.
type Plan struct {
	// No is the rule that forbids it altogether, nil if none does.
	No *law.Rule
	// Kept are the periods for which evidence stays behind, the longest of each address;
	// empty when everything goes at once.
	Kept []law.Clock
}

// PlanErasure says what erasing a person now would do: the profile, the notes and the
// addresses go at once, the keyed hash stays for ever, and evidence of consents stays as
// long as a clock runs.
func (d *Desk) PlanErasure(ctx context.Context, r store.Reader, c contact.Contact, now time.Time) (Plan, error) {
	var p Plan
	addresses, err := d.Contacts.AddressesOf(ctx, r, c.Workspace, c.ID)
	if err != nil {
		return p, failed("plan erasure", err)
	}
	if p.No, err = d.mayErase(ctx, r, c, true, now); err != nil || p.No != nil {
		return p, failed("plan erasure", err)
	}
	for _, a := range addresses {
		k, err := d.kept(ctx, r, a, now)
		if err != nil {
			return p, failed("plan erasure", err)
		}
		if clocks := d.forbidding(k, now); len(clocks) > 0 {
			p.Kept = append(p.Kept, clocks[0])
		}
	}
	return p, nil
}

// mayErase asks the law about the profile. hashKept says that the keyed hash of every
// address stays: a plan promises it, and proveHashes holds the promise before the commit.
func (d *Desk) mayErase(ctx context.Context, r store.Reader, c contact.Contact, hashKept bool, now time.Time) (*law.Rule, error) {
	hold, err := d.held(ctx, r, c.Workspace, c.ID)
	if err != nil {
		return nil, err
	}
	f := law.RetentionFacts{
		Now: now, Reach: law.JP, Act: "erase_profile", Clocks: law.RunningClocks{Hold: hold},
		Refused: true, HashKept: hashKept, // an erasure is a refusal of everything
	}
	return d.Rules.Retention(&f).Block(), nil
}

// forbidding are the clocks that forbid destroying evidence, as the law says.
func (d *Desk) forbidding(k law.Kept, now time.Time) []law.Clock {
	clocks := k.Clocks()
	f := law.RetentionFacts{Now: now, Reach: k.Apply, Act: "destroy_evidence", Clocks: law.Running(clocks, now), HashKept: true}
	no := map[law.RuleID]bool{}
	for _, found := range d.Rules.Retention(&f) {
		no[found.Rule.ID] = found.Rule.Effect == law.Block
	}
	var out []law.Clock
	for _, c := range clocks {
		if no[c.Rule] {
			out = append(out, c)
		}
	}
	return out
}

// kept gathers what decides how long an address's evidence stays, as if the person were
// erased now. The legal orders are those that the gate held messages to the address against,
// and those that evidence of an earlier erasure stays under.
func (d *Desk) kept(ctx context.Context, r store.Reader, a contact.Address, now time.Time) (law.Kept, error) {
	nexus, err := gate.Nexus(ctx, r, a.Workspace, a.ID)
	if err != nil {
		return law.Kept{}, err
	}
	var before int64
	if err := r.QueryRow(ctx, sqlKeptApply, a.ID).Scan(&before); err != nil && !fault.Is(err, fault.NotFound) {
		return law.Kept{}, err
	}
	k := law.Kept{Ended: now, Apply: nexus.Reach().Apply | law.Jurisdictions(before)}
	return d.fill(ctx, r, a.Workspace, a.ID, k)
}

// fill adds what was sent and ordered, and whether it was for mail order.
func (d *Desk) fill(ctx context.Context, r store.Reader, workspace, address int64, k law.Kept) (law.Kept, error) {
	var last int64
	if err := r.QueryRow(ctx, sqlLastAd, address, int64(1)<<62).Scan(&last); err != nil {
		return k, err
	}
	k.LastAd = store.Time(last)
	if err := r.QueryRow(ctx, sqlMailOrder, workspace).Scan(&k.MailOrder); err != nil {
		return k, err
	}
	orders, err := d.Orders(ctx, r, workspace)
	if err != nil {
		return k, err
	}
	for _, o := range orders {
		if err := r.QueryRow(ctx, sqlLastAd, address, store.Micros(o.ReceivedAt.AddDate(1, 0, 0))).Scan(&last); err != nil {
			return k, err
		}
		k.Orders = append(k.Orders, law.Order{Received: o.ReceivedAt, LastAd: store.Time(last)})
	}
	return k, nil
}

// Erased records an erasure in the consent log, keeps what a clock wants kept and
// destroys the rest. fault.Refused, with the rule, when a hold forbids all of it. It is
// called while the contact and its addresses are still there.
func (d *Desk) Erased(ctx context.Context, tx *store.Tx, c contact.Contact, now time.Time) error {
	if err := LockKeeping(ctx, tx); err != nil {
		return failed("erase", err)
	}
	if err := d.refuseErasing(ctx, tx, c, true, now); err != nil {
		return err
	}
	addresses, err := d.Contacts.AddressesOf(ctx, tx, c.Workspace, c.ID)
	if err != nil {
		return failed("erase", err)
	}
	var keep []int64
	for _, a := range addresses {
		k, err := d.kept(ctx, tx, a, now)
		if err != nil {
			return failed("erase", err)
		}
		clocks := d.forbidding(k, now)
		if len(clocks) == 0 {
			continue
		}
		keep = append(keep, a.ID)
		if _, err := tx.Exec(ctx, sqlKeep, a.ID, c.Workspace, c.ID, int64(k.Apply), store.Micros(now), store.Micros(clocks[0].Until), string(clocks[0].Rule)); err != nil {
			return failed("erase", err)
		}
	}
	if err := d.unnameRequests(ctx, tx, c.ID); err != nil {
		return failed("erase", err)
	}
	if err := d.Consents.ErasedKeeping(ctx, tx, c, keep, now); err != nil {
		return failed("erase", err)
	}
	kept, err := proveHashes(ctx, tx, c.Workspace, addresses)
	if err != nil {
		return failed("erase", err)
	}
	return d.refuseErasing(ctx, tx, c, kept, now)
}

// unnameRequests empties what requests tell of a person, by whichever contact they were made
// before a merge.
func (d *Desk) unnameRequests(ctx context.Context, tx *store.Tx, contact int64) error {
	ids, err := d.Contacts.With(ctx, tx, contact)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlUnnameRequests, store.In(ids))
	return err
}

// refuseErasing is fault.Refused with the rule that forbids erasing, nil if none does.
func (d *Desk) refuseErasing(ctx context.Context, r store.Reader, c contact.Contact, hashKept bool, now time.Time) error {
	no, err := d.mayErase(ctx, r, c, hashKept, now)
	switch {
	case err != nil:
		return failed("erase", err)
	case no == nil:
		return nil
	case no.ID == "RET-06":
		return failed("erase", fault.New(fault.Refused, "law.finding", no.Args()...))
	}
	return fault.New(fault.Refused, "duty.erase.held", "Rule", string(no.ID))
}

// proveHashes says whether the list that keeps addresses from being mailed again has every
// one of some that are being erased (rule RET-06).
func proveHashes(ctx context.Context, r store.Reader, workspace int64, addresses []contact.Address) (bool, error) {
	if len(addresses) == 0 {
		return true, nil
	}
	ids := make([]int64, len(addresses))
	for i, a := range addresses {
		ids[i] = a.ID
	}
	var kept int
	err := r.QueryRow(ctx, sqlHashesKept, workspace, store.In(ids)).Scan(&kept)
	return kept == len(addresses), err
}
