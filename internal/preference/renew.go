package preference

import (
	"context"
	"errors"
	"time"

	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/keyring"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Renew is the button by which a person who was asked says that mail is still wanted:
// every permission that waits for an answer is confirmed once more, with the very text
// that was shown. Without any the settings are returned unchanged. Where the topics read
// differently than on the page that was sent in, nothing is recorded and Again is set.
func (d *Desk) Renew(ctx context.Context, token, shown string, act Act, now time.Time) (Saved, error) {
	r, err := d.open(ctx, token, keyring.Preferences, now, 0)
	if err != nil {
		return Saved{}, err
	}
	if r.erased() {
		return Saved{}, errGone()
	}
	ctx, cancel := lasting(ctx)
	defer cancel()
	var out Saved
	var denied error
	err = d.DB.Write(ctx, func(tx *store.Tx) error {
		out = Saved{}
		s := saving{Desk: d, tx: tx, reader: r, change: Change{Shown: shown}, act: act, now: now}
		if err := s.renew(ctx); err != nil {
			return err
		}
		denied, out.Changed, out.Again = s.denied, s.changed, s.again
		out.Centre, _, err = d.centre(ctx, tx, r, act.Lang, now)
		return err
	})
	return out, failed("renew", errors.Join(err, denied))
}

func (s *saving) renew(ctx context.Context) error {
	page, err := s.begin(ctx)
	if err != nil {
		return err
	}
	asked := page.Renewal
	if s.again = s.change.Shown != asked.Shown && len(asked.Topics) > 0; s.again {
		return nil
	}
	if err := s.agree(ctx, consent.ActionReconfirmed, sheetRenewal, asked.Topics, asked.Topics); err != nil {
		return err
	}
	return s.record(ctx)
}
