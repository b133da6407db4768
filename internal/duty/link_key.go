package duty

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// LinkKey is until when the links of mails that left need the key they were signed with.
type LinkKey struct {
	// Last is when a campaign last handed mails over; zero if none did.
	Last time.Time
	// No is the rule that forbids giving the key up now (OUT-08), nil if none does.
	No *law.Rule
}

// Until is when the last of these links may end.
func (k LinkKey) Until() time.Time { return k.Last.Add(law.LinksStay) }

// LinkKey says whether the law lets the key go that the ways out of mails are signed with.
func (d *Desk) LinkKey(ctx context.Context, r store.Reader, now time.Time) (LinkKey, error) {
	var last int64
	if err := r.QueryRow(ctx, sqlLastLinks, store.Micros(now)).Scan(&last); err != nil {
		return LinkKey{}, failed("link key", err)
	}
	k := LinkKey{Last: store.Time(last)}
	if k.Last.IsZero() {
		return k, nil
	}
	f := law.RetentionFacts{Now: now, Reach: law.JP, Act: "drop_link_key", HashKept: true, LinkDays: days(k.Last, now)}
	k.No = d.Rules.Retention(&f).Block()
	return k, nil
}
