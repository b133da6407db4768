package account

import (
	"context"
	"time"

	"github.com/kyodaku/kyodaku/internal/store"
)

// DomainState is what is known about our right to send from a domain.
type DomainState string

// The states of a domain.
const (
	Unproven DomainState = "unproven"
	Proven   DomainState = "proven"
	// Internal is a domain that never leaves this machine: demo and tests.
	Internal DomainState = "internal"
)

// Domain is a domain that a workspace sends from.
type Domain struct {
	ID        int64
	Workspace int64
	// Domain is in lower-case A-labels, as addr.Mail.Domain gives it.
	Domain string
	State  DomainState
	// Detail tells what the last check found.
	Detail    string
	CheckedAt time.Time
	CreatedAt time.Time
	// Marks are how it stands in the domain name system.
	Marks Marks
}

// EnsureDomain returns a workspace's row for a domain and makes it, unproven, if
// there is none. domain must come from addr.Mail.Domain.
func (b *Book) EnsureDomain(ctx context.Context, tx *store.Tx, workspace int64, domain string, now time.Time) (Domain, error) {
	id, err := tx.NewID(ctx)
	if err != nil {
		return Domain{}, failed("ensure domain", err)
	}
	if _, err := tx.Exec(ctx, sqlEnsureDomain, id, workspace, domain, Unproven, store.Micros(now)); err != nil {
		return Domain{}, failed("ensure domain", err)
	}
	d, err := scanDomain(tx.QueryRow(ctx, sqlDomain, workspace, domain).Scan)
	return d, failed("ensure domain", err)
}

// Domains lists a workspace's domains by name.
func (b *Book) Domains(ctx context.Context, r store.Reader, workspace int64) ([]Domain, error) {
	rows, err := r.Query(ctx, sqlDomains, workspace)
	if err != nil {
		return nil, failed("domains", err)
	}
	list, err := collect(rows, scanDomain)
	return list, failed("domains", err)
}

// SetDomainState records what a check of a domain found that began at now; d names
// workspace, domain, state and detail. A check that began earlier than the last one
// recorded tells nothing new and changes nothing. fault.NotFound when the workspace
// has no such domain.
func (b *Book) SetDomainState(ctx context.Context, tx *store.Tx, d Domain, now time.Time) error {
	at := store.Micros(now)
	n, err := tx.Exec(ctx, sqlDomainState, at, d.State, at, plain(d.Detail, maxReason), at, at, d.Workspace, d.Domain)
	return failed("set domain state", changed(n, err))
}

func scanDomain(scan func(...any) error) (Domain, error) {
	var d Domain
	var checked, created, looked, green, spf, dkim, dmarc, ptr, reach int64
	m := &d.Marks
	err := scan(&d.ID, &d.Workspace, &d.Domain, &d.State, &d.Detail, &checked, &created,
		&m.SPF, &m.DKIM, &m.DMARC, &m.PTR, &m.Reach, &m.Plain, &m.Mixed, &m.Seen, &looked, &green,
		&spf, &dkim, &dmarc, &ptr, &reach)
	d.CheckedAt, d.CreatedAt = store.Time(checked), store.Time(created)
	m.LookedAt, m.GreenAt = store.Time(looked), store.Time(green)
	m.At = MarkTimes{store.Time(spf), store.Time(dkim), store.Time(dmarc), store.Time(ptr), store.Time(reach)}
	return d, err
}
