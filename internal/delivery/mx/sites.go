package mx

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kyodaku/kyodaku/internal/store"
)

const (
	// mostSites bounds how many domains are remembered.
	mostSites = 1_000_000
	// siteTime is how long a domain is remembered without being looked up.
	siteTime = 60 * 24 * time.Hour
	// siteAgain is how often a known domain's row is written anew.
	siteAgain = 24 * time.Hour
	// siteName bounds the name of a site that is made of host names.
	siteName = 100
	// servedBy begins the name of a site that is no provider's.
	servedBy = "mx:"
)

// Sites remembers whose servers take the mail of which domain, so that a domain is
// queued and slowed together with all others that the same servers take mail for.
// Asking never waits. It is safe for many goroutines.
type Sites struct {
	db       *store.DB
	provider func(hosts []string) string
	mu       sync.Mutex
	known    map[string]site
	changed  map[string]string
}

type site struct {
	name string
	kept time.Time
}

// NewSites makes an empty memory. provider names who runs all of the hosts, or says
// "" if nobody known does. Without a database nothing outlives the process.
func NewSites(db *store.DB, provider func(hosts []string) string) *Sites {
	return &Sites{db: db, provider: provider, known: map[string]site{}, changed: map[string]string{}}
}

// Site is the name under which a domain's mail goes, if it is known.
func (s *Sites) Site(domain string) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, ok := s.known[domain]
	return x.name, ok
}

// Learn takes an answer in and returns the domain's site: the provider's name where
// all hosts are one provider's; the domain where they are its own; else a name that
// all domains with the same hosts share. Overridden answers teach nothing.
func (s *Sites) Learn(a Answer, now time.Time) string {
	if a.Overridden || len(a.Names) == 0 {
		return a.Domain
	}
	name := s.provider(a.Names)
	if name == "" {
		name = hostsName(a.Domain, a.Names)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old, ok := s.known[a.Domain]
	if ok && old.name == name && now.Sub(old.kept) < siteAgain {
		return name
	}
	if !ok && len(s.known) >= mostSites {
		for victim := range s.known {
			delete(s.known, victim)
			break
		}
	}
	s.known[a.Domain] = site{name: name, kept: now}
	if s.db != nil && (ok || name != a.Domain) { // a domain of its own is where unknown ones stand, too
		s.changed[a.Domain] = name
	}
	return name
}

// hostsName names hosts that no provider is known for.
func hostsName(domain string, hosts []string) string {
	names := slices.Clone(hosts)
	slices.Sort(names)
	names = slices.Compact(names)
	own := func(h string) bool { return h == domain || strings.HasSuffix(h, "."+domain) }
	if !slices.ContainsFunc(names, func(h string) bool { return !own(h) }) {
		return domain
	}
	joined := strings.Join(names, ",")
	if len(joined) <= siteName && !slices.ContainsFunc(names, func(h string) bool { return !validName(h) }) {
		return servedBy + joined
	}
	sum := sha256.Sum256([]byte(joined))
	return servedBy + hex.EncodeToString(sum[:12])
}

// Load takes over what an earlier life or another node learned.
func (s *Sites) Load(ctx context.Context, now time.Time) error {
	for after, more := "", s.db != nil; more; {
		var err error
		if after, more, err = s.loadSome(ctx, after, now); err != nil {
			return fmt.Errorf("delivery: mx: load sites: %w", err)
		}
	}
	return nil
}

func (s *Sites) loadSome(ctx context.Context, after string, now time.Time) (last string, more bool, err error) {
	rows, err := s.db.Query(ctx, sqlSites, store.Micros(now.Add(-siteTime)), after)
	if err != nil {
		return "", false, err
	}
	defer rows.Close()
	for rows.Next() {
		var domain, name string
		if err := rows.Scan(&domain, &name); err != nil {
			return "", false, err
		}
		s.mu.Lock()
		if more = len(s.known) < mostSites; more {
			s.known[domain] = site{name: name}
		}
		s.mu.Unlock()
		last = domain
	}
	return last, more && last != "", rows.Err()
}

// siteWidth is the number of columns of sqlKeep.
const siteWidth = 3

// Keep stores what was learned since the last time, in one transaction, and forgets
// what nobody asked for in a long time. It is run about every minute on each node.
func (s *Sites) Keep(ctx context.Context, now time.Time) error {
	if s.db == nil {
		return nil
	}
	s.mu.Lock()
	changed := s.changed
	s.changed = map[string]string{}
	s.mu.Unlock()
	var args []any
	for domain, name := range changed {
		args = append(args, domain, name, store.Micros(now))
	}
	err := s.db.Write(ctx, func(tx *store.Tx) error {
		if len(args) > 0 {
			if err := tx.InsertRows(ctx, sqlKeep, sqlKept, siteWidth, args); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, sqlStale, store.Micros(now.Add(-siteTime)))
		return err
	})
	if err == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for domain, name := range changed {
		if _, newer := s.changed[domain]; !newer {
			s.changed[domain] = name
		}
	}
	return fmt.Errorf("delivery: mx: keep sites: %w", err)
}
