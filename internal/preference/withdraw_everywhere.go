package preference

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/keyring"
)

// LeaveEverywhere is the button on the page of an unsubscribe link that stops
// everything at every address of the person in the link's channel.
func (d *Desk) LeaveEverywhere(ctx context.Context, token string, act Act, now time.Time) (Exit, error) {
	return d.everywhere(ctx, token, keyring.Unsubscribe, consent.MethodPage, act, now)
}

// StopEverywhere is the same button of the preference centre.
func (d *Desk) StopEverywhere(ctx context.Context, token string, act Act, now time.Time) (Exit, error) {
	return d.everywhere(ctx, token, keyring.Preferences, consent.MethodPreferenceCentre, act, now)
}

// everywhere records a refusal for each address. The one whose link it is comes
// first; pressing again after a failure goes on where it ended.
func (d *Desk) everywhere(ctx context.Context, token string, p keyring.Purpose, m consent.Method, act Act, now time.Time) (Exit, error) {
	r, err := d.open(ctx, token, p, now, 0)
	if err != nil {
		return Exit{}, err
	}
	// One who has pressed has said it for all: the end of the request does not stop it half-way.
	ctx, cancel := lasting(ctx)
	defer cancel()
	others, err := d.others(ctx, r, now)
	if err != nil {
		return Exit{}, failed("everywhere", err)
	}
	page, err := d.leave(ctx, no{reader: r, method: m, act: act}, now)
	if err != nil {
		return Exit{}, err
	}
	for _, other := range others {
		if _, err := d.withdraw(ctx, no{reader: other, method: m, act: act}, now); err != nil {
			return Exit{}, err
		}
	}
	page.Everywhere, page.Others = true, false
	return page, nil
}

// others are the person's other addresses in the channel of a link that have not
// refused everything. Whoever holds the link learns that there are any, not which.
func (d *Desk) others(ctx context.Context, r reader, now time.Time) ([]reader, error) {
	if r.erased() || r.address.Contact == 0 {
		return nil, nil
	}
	all, err := d.People.AddressesOf(ctx, d.DB, r.Workspace, r.address.Contact)
	if err != nil {
		return nil, err
	}
	var out []reader
	for _, a := range all {
		if a.ID == r.address.ID || a.Channel != r.address.Channel || !a.ErasedAt.IsZero() {
			continue
		}
		s, err := d.standing(ctx, d.DB, a, now)
		if err != nil {
			return nil, err
		}
		if s.refused(0) == nil {
			other := reader{Token: r.Token, address: a}
			other.Address = a.ID
			out = append(out, other)
		}
	}
	return out, nil
}
