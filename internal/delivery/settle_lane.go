package delivery

import (
	"context"
	"strings"

	"github.com/kyodaku/kyodaku/internal/store"
)

const (
	// lookups is how many lanes may wait for DNS at a time.
	lookups = 64
	// moveRows is how many rows change their lane in one transaction.
	moveRows = 5000
)

// home says whether a lane stands where its mail belongs. A domain that was never
// written to has a lane of its own until DNS has told whose servers take its mail;
// nothing is leased from it before, for the limits would be the wrong ones.
func (e *Engine) home(l *lane) bool {
	domain := strings.TrimPrefix(l.name, urgent)
	if !strings.Contains(domain, ".") || strings.Contains(domain, ":") {
		return true // a provider's, a relay's, or one of shared hosts
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.settled || l.settling {
		return l.settled
	}
	select {
	case e.lookups <- struct{}{}:
		l.settling = true
		e.workers.Go(func() {
			e.settleLane(e.wire, l, domain)
			<-e.lookups
			e.Nudge()
		})
	default: // asked for again in the next round
	}
	return false
}

// settleLane finds out where a lane's mail belongs and moves it there. Where nobody
// knows, it stays: the attempt to send will say why.
func (e *Engine) settleLane(ctx context.Context, l *lane, domain string) {
	site, err := e.Router.Site(ctx, domain)
	if err == nil && site != domain {
		err = e.move(ctx, l.name, strings.TrimSuffix(l.name, domain)+site)
		e.complain("messages cannot be moved to their provider's lane", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.settling, l.settled = false, err != nil || site == domain
}

// move gives the waiting rows of a lane to another.
func (e *Engine) move(ctx context.Context, from, to string) error {
	for {
		var n int64
		err := e.DB.Write(ctx, func(tx *store.Tx) (err error) {
			n, err = tx.Exec(ctx, sqlMove, to, from, moveRows)
			return err
		})
		if err != nil || n < moveRows {
			return err
		}
	}
}
