package duty

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Figures are a workspace's figures of the last seven days with their day.
type Figures struct {
	law.Figures
	// Carrier is whose share of unknown addresses is the highest.
	Carrier   string
	CountedAt time.Time
}

// millionths is the unit of a stored share.
const millionths = 1_000_000

// Figures reads what was last counted; the zero value before the first time.
func (d *Desk) Figures(ctx context.Context, r store.Reader, workspace int64) (Figures, error) {
	rows, err := r.Query(ctx, sqlFigures, workspace)
	all, err := collect(rows, err, func(scan func(...any) error) (Figures, error) {
		var f Figures
		var unknown, counted int64
		err := scan(&f.Complaints, &f.Delivered, &unknown, &f.Carrier, &f.RefusalSeconds, &counted)
		f.UnknownRate, f.CountedAt = float64(unknown)/millionths, store.Time(counted)
		if f.Delivered > 0 {
			f.ComplaintRate = float64(f.Complaints) / float64(f.Delivered)
		}
		return f, err
	})
	if err != nil || len(all) == 0 {
		return Figures{}, failed("figures", err)
	}
	return all[0], nil
}

// Count counts the figures of every workspace, for the gate and the compliance home. It
// is run every few minutes.
func (d *Desk) Count(ctx context.Context, now time.Time) error {
	all, err := d.Accounts.Workspaces(ctx, d.DB)
	if err != nil {
		return failed("count", err)
	}
	if err := d.DB.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, sqlDropEffects, store.Micros(now.AddDate(0, 0, -7)))
		return err
	}); err != nil {
		return failed("count", err)
	}
	for _, w := range all {
		if err := d.count(ctx, w.ID, now); err != nil {
			return failed("count", err)
		}
	}
	return nil
}

func (d *Desk) count(ctx context.Context, workspace int64, now time.Time) error {
	week := store.Micros(now.AddDate(0, 0, -7))
	var complaints, delivered int64
	if err := d.DB.QueryRow(ctx, sqlComplaints, workspace, week).Scan(&complaints); err != nil {
		return err
	}
	if err := d.DB.QueryRow(ctx, sqlDelivered, workspace, week).Scan(&delivered); err != nil {
		return err
	}
	carrier, rate, err := d.unknown(ctx, workspace, week)
	if err != nil {
		return err
	}
	speed, err := d.Speed(ctx, d.DB, workspace, now)
	if err != nil {
		return err
	}
	mixed, err := d.mixed(ctx, workspace, now)
	if err != nil {
		return err
	}
	return d.DB.Write(ctx, func(tx *store.Tx) error {
		for domain, both := range mixed {
			if err := d.Accounts.SetDomainMixed(ctx, tx, workspace, domain, both); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, sqlPutFigures, workspace, complaints, delivered, int64(rate*millionths), carrier, int64(speed.Slowest/time.Second), store.Micros(now))
		return err
	})
}

// carriers are the domains that Japanese mobile carriers give to their customers.
func carriers() []string {
	return []string{"docomo.ne.jp", "ezweb.ne.jp", "au.com", "softbank.ne.jp", "i.softbank.jp", "ymobile.ne.jp", "vodafone.ne.jp"}
}

// unknown is the highest share of unknown addresses at a carrier that answered often
// enough to say so.
func (d *Desk) unknown(ctx context.Context, workspace, since int64) (carrier string, rate float64, err error) {
	for _, domain := range carriers() {
		var dead, answered int64
		if err := d.DB.QueryRow(ctx, sqlDead, workspace, since, domain).Scan(&dead); err != nil {
			return "", 0, err
		}
		if dead == 0 {
			continue // the usual case costs no more
		}
		if err := d.DB.QueryRow(ctx, sqlAnswered, workspace, since, domain).Scan(&answered); err != nil {
			return "", 0, err
		}
		if answered < law.CarrierLeast {
			continue
		}
		if share := float64(dead) / float64(answered); share > rate {
			carrier, rate = domain, share
		}
	}
	return carrier, rate, nil
}

// mixed says of each From domain whether campaigns of both kinds left from it in the
// last thirty days.
func (d *Desk) mixed(ctx context.Context, workspace int64, now time.Time) (map[string]bool, error) {
	rows, err := d.DB.Query(ctx, sqlKinds, workspace, store.Micros(now.AddDate(0, 0, -30)))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	ads, others := map[string]bool{}, map[string]bool{}
	for rows.Next() {
		var class, from string
		if err := rows.Scan(&class, &from); err != nil {
			return nil, err
		}
		m, bad := addr.StoredMail(from)
		if bad != nil {
			continue // a profile without an address sends nothing
		}
		if law.Class(class).NeedsBasis() {
			ads[m.Domain()] = true
		} else {
			others[m.Domain()] = true
		}
	}
	out := map[string]bool{}
	for domain := range ads {
		out[domain] = others[domain]
	}
	return out, rows.Err()
}
