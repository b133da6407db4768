package gate

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// loadIdentity reads what the domain name system said of a From domain, and whether it
// is proven to be the sender's own. A domain nobody knows has neither.
func loadIdentity(ctx context.Context, r store.Reader, workspace int64, domain string, now time.Time) (own bool, i law.Identity, err error) {
	var state string
	var green, spf, dkim, dmarc, ptr, reach int64
	i.Freemail = addr.Freemail(domain)
	err = r.QueryRow(ctx, sqlDomain, workspace, domain).
		Scan(&state, &i.SPF, &i.DKIM, &i.DMARC, &i.PTR, &i.Reach, &i.Plain, &i.Mixed, &green, &spf, &dkim, &dmarc, &ptr, &reach)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return false, i, err
	}
	i.Proof = i.ProofOf(store.Time(green), now)
	i = i.Aged(law.Answered{SPF: store.Time(spf), DKIM: store.Time(dkim), DMARC: store.Time(dmarc), PTR: store.Time(ptr), Reach: store.Time(reach)}, now)
	if state == "internal" { // nothing leaves this machine: nobody asks
		i.Proof, i.SPF, i.DKIM, i.DMARC, i.PTR, i.Reach = "internal", "pass", "pass", "pass", "pass", "pass"
	}
	return state == "proven" || state == "internal", i, nil
}

// millionths is the unit of a stored share.
const millionths = 1e6

// loadFigures reads what receivers answered and reported of a workspace lately. One of
// whom nothing was counted yet has sent nothing.
func loadFigures(ctx context.Context, r store.Reader, workspace int64) (law.Figures, error) {
	var f law.Figures
	var unknown int64
	err := r.QueryRow(ctx, sqlFigures, workspace).Scan(&f.Complaints, &f.Delivered, &unknown, &f.RefusalSeconds)
	if fault.Is(err, fault.NotFound) {
		return f, nil
	}
	f.UnknownRate = float64(unknown) / millionths
	if f.Delivered > 0 {
		f.ComplaintRate = float64(f.Complaints) / float64(f.Delivered)
	}
	return f, err
}
