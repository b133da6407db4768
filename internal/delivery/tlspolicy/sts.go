package tlspolicy

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/store"
)

const (
	// fetchAgain is how long a failed fetch is not repeated (RFC 8461 3.3).
	fetchAgain = 5 * time.Minute
	// refreshAge is how old a policy may be before it is fetched anew without a change
	// being announced: whoever blocks the announcement must not win (RFC 8461 10.2).
	refreshAge = 24 * time.Hour
	// refreshUsed is how lately mail must have asked for a policy for it to be kept fresh.
	refreshUsed = 30 * 24 * time.Hour
	// refreshAtOnce bounds the fetches of one Refresh.
	refreshAtOnce = 100
)

// held is what is known of one domain's policy.
type held struct {
	id      string
	policy  Policy
	fetched time.Time
	expires time.Time // zero if there is none
	used    time.Time
	// retry is when a fetch may be tried again; failure is why the last one failed.
	retry   time.Time
	failure string
}

func (h held) valid(now time.Time) bool { return now.Before(h.expires) }

// policies holds the MTA-STS policies of all domains that have one.
type policies struct {
	db       *store.DB
	fetcher  *fetcher
	texts    func(ctx context.Context, name string) ([]string, error)
	clock    func() time.Time
	complain func(what string, err error)
	flights  singleflight.Group

	mu    sync.Mutex
	known map[string]held
}

// of returns what binds mail for a domain now, and why there may be something that
// we do not know (a result type, or empty).
func (s *policies) of(ctx context.Context, domain string) (held, bool, string) {
	now := s.clock()
	texts, err := s.texts(ctx, "_mta-sts."+domain)
	id, announced := policyID(texts)
	announced = announced && err == nil
	h, _ := s.get(domain)
	if announced && (!h.valid(now) || h.id != id) && !now.Before(h.retry) {
		h = s.renew(ctx, domain, id)
	}
	if h.valid(now) {
		s.touch(domain, now)
		return h, true, h.failure
	}
	if !announced {
		return held{}, false, ""
	}
	return held{}, false, h.failure
}

func (s *policies) get(domain string) (held, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, ok := s.known[domain]
	return h, ok
}

func (s *policies) put(domain string, h held) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h.used = s.known[domain].used
	s.known[domain] = h
}

func (s *policies) touch(domain string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.known[domain]
	h.used = now
	s.known[domain] = h
}

// renew fetches a domain's policy unless another node has, once for all who wait,
// and returns what is known then. Without success the old one stands.
func (s *policies) renew(ctx context.Context, domain, id string) held {
	done := s.flights.DoChan(domain, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTime)
		defer cancel()
		if !s.fromNeighbour(ctx, domain, id) {
			s.fetch(ctx, domain, id)
		}
		return nil, nil //nolint:nilnil // what was learned stands in known
	})
	select {
	case <-done:
	case <-ctx.Done():
	}
	h, _ := s.get(domain)
	return h
}

// fromNeighbour takes what another node stored.
func (s *policies) fromNeighbour(ctx context.Context, domain, id string) bool {
	domain, h, err := scan(s.db.QueryRow(ctx, sqlPolicy, domain, store.Micros(s.clock())))
	switch {
	case fault.Is(err, fault.NotFound):
		return false
	case err != nil:
		s.complain("a stored MTA-STS policy cannot be read", err)
		return false
	}
	if h.id != id {
		return false
	}
	s.put(domain, h)
	return true
}

func (s *policies) fetch(ctx context.Context, domain, id string) {
	p, body, err := s.fetcher.fetch(ctx, domain)
	now := s.clock()
	if err != nil {
		h, _ := s.get(domain)
		h.retry, h.failure = now.Add(fetchAgain), fetchResult(err)
		s.put(domain, h)
		return
	}
	h := held{id: id, policy: p, fetched: now, expires: now.Add(p.MaxAge)}
	if p.MaxAge == 0 {
		h.retry = now.Add(fetchAgain) // gone at once, and not fetched for every mail
	}
	s.put(domain, h)
	if err := s.keep(ctx, domain, body, h); err != nil {
		s.complain("an MTA-STS policy cannot be stored", err)
	}
}

func (s *policies) keep(ctx context.Context, domain, body string, h held) error {
	return s.db.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, sqlKeepPolicy, domain, h.id, body, store.Micros(h.fetched), store.Micros(h.expires))
		return err
	})
}

// scan reads a stored policy.
func scan(row interface{ Scan(dest ...any) error }) (string, held, error) {
	var h held
	var domain, body string
	var fetched, expires int64
	if err := row.Scan(&domain, &h.id, &body, &fetched, &expires); err != nil {
		return "", held{}, err
	}
	h.fetched, h.expires = store.Time(fetched), store.Time(expires)
	var err error
	h.policy, err = ParsePolicy(body)
	return domain, h, err
}

// load takes the policies that still bind from an earlier life.
func (s *policies) load(ctx context.Context) error {
	now := s.clock()
	rows, err := s.db.Query(ctx, sqlPolicies, store.Micros(now))
	if err != nil {
		return fmt.Errorf("delivery: MTA-STS: load: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		domain, h, err := scan(rows)
		if errors.Is(err, errPolicy) {
			continue // an older version stored what this one does not understand
		}
		if err != nil {
			return fmt.Errorf("delivery: MTA-STS: load: %w", err)
		}
		s.put(domain, h)
		s.touch(domain, h.fetched)
	}
	return rows.Err()
}

// refresh fetches anew what mail relies on and what is old, before it expires.
func (s *policies) refresh(ctx context.Context) error {
	now := s.clock()
	for domain, h := range s.aging(now) {
		texts, err := s.texts(ctx, "_mta-sts."+domain)
		id, announced := policyID(texts)
		if err == nil && !announced {
			continue // withdrawn: it binds to its end and no longer
		}
		if err != nil {
			id = h.id // who keeps DNS from us must not have the policy run out
		}
		s.fetch(ctx, domain, id)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	return s.db.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, sqlDropPolicies, store.Micros(now))
		return err
	})
}

// aging lists what is to be refreshed, and forgets what is over.
func (s *policies) aging(now time.Time) map[string]held {
	s.mu.Lock()
	defer s.mu.Unlock()
	due := map[string]held{}
	for domain, h := range s.known {
		switch old := now.Sub(h.fetched) > refreshAge || h.expires.Sub(now) < h.policy.MaxAge/2; {
		case !h.valid(now) && !now.Before(h.retry):
			delete(s.known, domain)
		case h.valid(now) && old && now.Sub(h.used) < refreshUsed && !now.Before(h.retry) && len(due) < refreshAtOnce:
			due[domain] = h
		}
	}
	return due
}
