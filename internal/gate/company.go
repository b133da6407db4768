package gate

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
)

// company is what a workspace told of itself.
type company struct {
	facts law.WorkspaceFacts
	// legalName is its registered name.
	legalName string
	// country is where it is, equipment where its servers stand, market the only country
	// that it has customers in, "" if it has not said so.
	country, equipment, market string
	zone                       *time.Location
}

// loadCompany reads a workspace's policies. One that is not there has none, and what
// is asked for it fails by its sender.
func loadCompany(ctx context.Context, r store.Reader, workspace int64) (company, error) {
	c := company{zone: law.Japan}
	var zone string
	err := r.QueryRow(ctx, sqlCompany, workspace).Scan(&c.legalName, &c.country, &c.equipment, &c.market, &zone,
		&c.facts.ConsentOnly, &c.facts.NonProfit, &c.facts.MailOrder, &c.facts.Charity, &c.facts.Bundled)
	if fault.Is(err, fault.NotFound) {
		return c, nil
	}
	if err != nil {
		return c, err
	}
	if loc, bad := time.LoadLocation(zone); bad == nil {
		c.zone = loc
	}
	c.facts.Figures, err = loadFigures(ctx, r, workspace)
	return c, err
}
