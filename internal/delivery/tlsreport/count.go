package tlsreport

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/kyodaku/kyodaku/internal/delivery/tlspolicy"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Session is how one connection went.
type Session struct {
	// Domain is the recipients' domain.
	Domain string
	// PolicyType is tlsa, sts or no-policy-found (RFC 8460 4.2); Policy its text and
	// MXHosts the hosts that it names.
	PolicyType      string
	Policy, MXHosts []string
	// Result is a result type of RFC 8460 4.3, or empty for success.
	Result string
	// What follows is told of failures only.
	MXHost             string
	Sending, Receiving netip.Addr
	// Reason is a short text for the other side's postmaster.
	Reason string
}

// Config is what a Book is made of.
type Config struct {
	DB *store.DB
	// Texts asks for TXT records.
	Texts func(ctx context.Context, name string) ([]string, error)
	// Addresses asks for the addresses of hosts that take reports over HTTPS.
	Addresses func(ctx context.Context, host string) ([]netip.Addr, error)
	// Organization and Contact say who reports; Submitter is our domain.
	Organization, Contact, Submitter string
	// From is the address that reports by mail come from.
	From string
	// Mail sends a report by mail, signed for the domain of From; nil means that only
	// reports over HTTPS are sent.
	Mail  func(ctx context.Context, m Mail) error
	Clock func() time.Time
	Log   *slog.Logger
	// HTTP sends reports; nil means a client that reaches public addresses only.
	HTTP *http.Client
}

// Book counts and reports. It is safe for many goroutines.
type Book struct {
	Config
	mu      sync.Mutex
	tallies map[tally]int64
	lost    int64
}

// tally is what sessions have in common. Lists are joined with line ends.
type tally struct {
	day                                int64
	domain, kind, policy, result       string
	mxHost, sending, receiving, reason string
}

const (
	// mostTallies bounds what is held in memory between two flushes.
	mostTallies = 50_000
	// reasonKept and policyKept bound texts of strangers.
	reasonKept, policyKept = 200, 8 << 10
	// lookupsAtOnce bounds the questions of a flush.
	lookupsAtOnce = 8
	// tallyDays is how long what nobody could be asked about is kept in memory.
	tallyDays = 2
)

// New makes a book.
func New(c Config) *Book {
	if c.HTTP == nil {
		dialer := tlspolicy.Dialer{Addresses: c.Addresses}
		c.HTTP = &http.Client{
			Timeout:       time.Minute,
			Transport:     &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	return &Book{Config: c, tallies: map[tally]int64{}}
}

func dayOf(t time.Time) int64 { return t.Unix() / int64(24*time.Hour/time.Second) }

func dayStart(day int64) time.Time { return time.Unix(day*int64(24*time.Hour/time.Second), 0).UTC() }

// separator stands between the text of a policy and its hosts.
const separator = "\n\n"

// Count notes a session. It never waits.
func (b *Book) Count(s Session) {
	t := tally{
		day: dayOf(b.Clock()), domain: s.Domain, kind: s.PolicyType, result: s.Result,
		policy: cut(strings.Join(s.Policy, "\n")+separator+strings.Join(s.MXHosts, "\n"), policyKept),
	}
	if s.Result != "" {
		t.mxHost, t.reason = s.MXHost, cut(s.Reason, reasonKept)
		t.sending, t.receiving = text(s.Sending), text(s.Receiving)
	}
	b.add(t, 1)
}

func (b *Book) add(t tally, n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, known := b.tallies[t]; !known && len(b.tallies) >= mostTallies {
		b.lost += n
		return
	}
	b.tallies[t] += n
}

func cut(s string, most int) string {
	s = strings.ReplaceAll(s, "\x00", "") // PostgreSQL stores none
	return strings.ToValidUTF8(s[:min(len(s), most)], "")
}

func text(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.Unmap().String()
}

// Flush stores what was counted of domains that want reports, in one transaction,
// and forgets the rest. It is run about every minute on each node, and once more
// before the end.
func (b *Book) Flush(ctx context.Context, now time.Time) error {
	b.mu.Lock()
	tallies, lost := b.tallies, b.lost
	b.tallies, b.lost = map[tally]int64{}, 0
	b.mu.Unlock()
	if lost > 0 {
		b.Log.Warn("TLS sessions were not counted for reports: too many kinds", "sessions", lost)
	}
	wanted := b.wanted(ctx, tallies)
	rows := map[tally]int64{}
	for t, n := range tallies {
		switch wanted[t.domain] {
		case wants:
			rows[t] = n
		case unknown:
			if dayOf(now)-t.day < tallyDays {
				b.add(t, n)
			}
		}
	}
	if err := b.store(ctx, rows); err != nil {
		for t, n := range rows {
			b.add(t, n)
		}
		return fmt.Errorf("delivery: TLS report: flush: %w", err)
	}
	return nil
}

// answer is whether a domain wants reports.
type answer int8

const (
	unknown answer = iota
	wants
	wantsNot
)

// wanted asks DNS about every domain of a batch.
func (b *Book) wanted(ctx context.Context, tallies map[tally]int64) map[string]answer {
	var mu sync.Mutex
	out := map[string]answer{}
	for t := range tallies {
		out[t.domain] = unknown
	}
	domains := make([]string, 0, len(out))
	for d := range out {
		domains = append(domains, d)
	}
	var work errgroup.Group
	work.SetLimit(lookupsAtOnce)
	for _, domain := range domains {
		work.Go(func() error {
			uris, err := b.receivers(ctx, domain)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err != nil:
			case len(uris) > 0:
				out[domain] = wants
			default:
				out[domain] = wantsNot
			}
			return nil
		})
	}
	_ = work.Wait() // says nothing: what could not be asked stays unknown
	return out
}

// Widths of the two inserts, in columns.
const (
	resultWidth = 11
	planWidth   = 3
)

func (b *Book) store(ctx context.Context, rows map[tally]int64) error {
	if len(rows) == 0 {
		return nil
	}
	type report struct {
		day    int64
		domain string
	}
	plans := map[report]bool{}
	var results, planned []any
	for t, n := range rows {
		results = append(results, t.day, t.domain, t.digest(), t.kind, t.policy, t.result, t.mxHost, t.sending, t.receiving, t.reason, n)
		if r := (report{t.day, t.domain}); !plans[r] {
			plans[r] = true
			planned = append(planned, t.day, t.domain, store.Micros(due(t.day, t.domain)))
		}
	}
	return b.DB.Write(ctx, func(tx *store.Tx) error {
		if err := tx.InsertRows(ctx, sqlAdd, sqlAddMore, resultWidth, results); err != nil {
			return err
		}
		return tx.InsertRows(ctx, sqlPlan, sqlPlanOnce, planWidth, planned)
	})
}

// digest is a short key for all of a tally.
func (t tally) digest() string {
	sum := sha256.Sum256([]byte(strings.Join([]string{t.kind, t.policy, t.result, t.mxHost, t.sending, t.receiving, t.reason}, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// When reports are sent: not before every node has flushed, and spread over four
// hours (RFC 8460 4.1).
const (
	dueAfter  = 10 * time.Minute
	dueSpread = 4 * time.Hour
)

func due(day int64, domain string) time.Time {
	h := fnv.New64a()
	_, _ = h.Write([]byte(domain)) // never fails
	spread := time.Duration(h.Sum64() % uint64(dueSpread))
	return dayStart(day + 1).Add(dueAfter + spread.Truncate(time.Second))
}
